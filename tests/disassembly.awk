# Prints the instructions that an object's name does not allow, and last how many objects were seen:
#
#   objdump -d --insn-width=16 libkron_eye.a | awk -F '\t' -f disassembly.awk
#
# No instruction beyond the x86-64 baseline may stand outside the objects named avx2_* and avx512_*:
# on a CPU without it, such an instruction ends the program. Those beyond are known by their
# encoding: a VEX (c4, c5) or EVEX (62) prefix as first byte, which 64-bit code has for nothing else;
# or by name (POPCNT, SSE3 to SSE4.2, MOVBE, ...). TZCNT is let through: it is the baseline's BSF with
# a prefix that older CPUs ignore, and compilers write it for both where the operand is not 0. In
# avx2_* no EVEX, no 512-bit and no mask register.

BEGIN {
  # Encoded without VEX and yet younger than the baseline.
  young = "^(popcnt|lzcnt|movbe|crc32[bwlq]?|pshufb|palignr|phadd(w|d|sw)|phsub(w|d|sw)|" \
    "pabs[bwd]|psign[bwd]|pmaddubsw|pmulhrsw|addsub[ps][sd]|hadd[ps][sd]|hsub[ps][sd]|lddqu|" \
    "movddup|movs[hl]dup|pblend[a-z]+|blend[a-z]+|dp[ps][sd]|extractps|insertps|pextr[bdq]|" \
    "pinsr[bdq]|pmov[sz]x[a-z]+|pmul(dq|ld)|pm(ax|in)(s[bd]|u[wd])|" \
    "pcmp(eqq|gtq|estr[im]|istr[im])|phminposuw|ptest|round[ps][sd]|mpsadbw|movntdqa|packusdw|" \
    "aes[a-z]+|pclmul[a-z]+|adcx|adox|cmpxchg16b|rdrand|rdseed)$"
}

/:     file format / {
  object = $1
  sub(/:     file format .*/, "", object)
  sub(/.*\//, "", object)
  isa = object ~ /^avx512_/ ? "avx512" : object ~ /^avx2_/ ? "avx2" : "baseline"
  ++objects
  next
}

# Fields of an instruction: address, bytes, text.
NF < 3 || isa == "avx512" { next }

{ prefix = substr($2, 1, 2) }

isa == "avx2" {
  if (prefix == "62" || $3 ~ /%zmm|%k[0-7]/) print object ": " $3
  next
}

{
  name = $3
  sub(/^(rep[nz]*|lock) /, "", name)
  sub(/ .*/, "", name)
  if (prefix == "62" || prefix == "c4" || prefix == "c5" || $3 ~ /%[yz]mm/ || name ~ young)
    print object ": " $3
}

END { print objects + 0 " objects" }
