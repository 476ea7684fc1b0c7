"""What is generated from `pgassay.runtime._async`, but for `waiting`, which is written on both sides."""
