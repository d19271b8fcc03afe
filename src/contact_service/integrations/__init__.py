"""The neighbours: services and providers outside this process."""
