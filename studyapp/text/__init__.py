"""Text rules without a web framework: cleaning, Chinese names and numbers, differences."""
