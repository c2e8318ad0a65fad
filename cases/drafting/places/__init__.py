"""Where it is: streets, numbers, crossings, landmarks, estates, and what lies beside them."""
