"""The command `contacts`: thin rows over wiring and actions. What each may answer: cli/exits.py."""
