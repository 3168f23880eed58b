"""The third room: what people decided about matches, kept and applied. Uses matching and reading."""
