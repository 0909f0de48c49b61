"""What is said, in the reader's language: formats, labels, sentences, drawings."""
