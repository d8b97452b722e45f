"""What the figures say: rules tried on the vouchers there are, before they are published."""
