"""The site in a real browser, on a demonstration served as an operator would serve it."""
