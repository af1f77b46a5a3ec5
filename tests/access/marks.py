"""What marks the competitor's rows: a text, and prime amounts."""

MARK = "zq7f3a"
PRIMES = (999999937, 999999929, 999999893, 999999883, 999999797, 999999761, 999999757)
