"""Where a scratch server comes from: binaries, our own starter, embedded builds, a container, a marked URL."""
