"""The first room: a supplier list as it comes, read into suppliers and amounts. Knows no other room."""
