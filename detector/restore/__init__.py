"""Takes out what techniques found: `content` for the text, `html` for the source."""
