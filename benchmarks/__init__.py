"""What kobotui promises of speed (README.md beside this file), measured against what one would use instead."""
