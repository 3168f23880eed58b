"""The fourth room: facts, scope, timing, status and risk of a supplier. Uses the rooms before it."""
