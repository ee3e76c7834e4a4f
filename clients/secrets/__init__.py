"""What a confidential client proves itself with: made, shown once, rotated, retired."""
