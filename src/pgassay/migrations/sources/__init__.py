"""Where migrations come from: one module per format of folder."""
