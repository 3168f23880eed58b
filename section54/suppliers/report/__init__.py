"""The last room: what a check found, as tables, pages, evidence packs and letters. Uses every other room."""
