"""How alike two things are: canonical identifiers, names, search. Pure."""
