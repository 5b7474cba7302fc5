"""`sinefit gradients`: what `backward` and `autograd.grad` do, measured on one's own settings."""
