"""What pages of ours tell and take: the shapes, and nothing that makes them."""
