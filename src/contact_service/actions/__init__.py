"""The stories: one file, one story. An action runs inside one transaction of one owner."""
