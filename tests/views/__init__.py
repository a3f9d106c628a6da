"""What the views draw and read back: rules on fields, and golden files of every state."""
