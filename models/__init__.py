"""What is stored: the tables, and the documents that are sealed inside them."""
