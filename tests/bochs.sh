#!/usr/bin/env bash
# Tests the AVX-512 path on a machine without AVX-512, on an emulated Skylake-X.
#
#   tests/bochs.sh BUILD                         the default list of tests (below)
#   tests/bochs.sh BUILD test_plan test_csr      these, wherever the build has them
#   KERNEL=vmlinuz tests/bochs.sh BUILD          with this kernel instead of Debian's
#
# BUILD is a build directory whose tests are built. QEMU does not emulate AVX-512; Bochs, which
# emulates a whole PC one instruction at a time, does. So this script boots Debian's kernel with an
# init that runs the programs one by one, and streams their output from the serial port. At the end
# it prints the outcome and time of each program. It fails unless every program took the AVX-512
# path, reported that it passed, and exited with 0; a program that skips itself has failed.
#
# A vector multiply-add is emulated lane by lane, hundreds of times slower than on hardware. The
# default list takes about six minutes on one core, most of it for test_special. test_kernels did
# not finish within five minutes, and programs that take seconds on hardware take even longer.
#
# On Debian 12 this needs only:
#   apt-get install bochs bochs-term bochsbios vgabios busybox-static cpio isolinux syslinux-common xorriso
# Without KERNEL it also downloads the package of the newest cloud kernel (apt-get download, 27 MB),
# which is unpacked but not installed. It needs no root rights and is not part of ctest.
set -euo pipefail

LIMIT=${LIMIT:-3h} # then the machine is switched off, in case it hangs; Bochs ignores SIGTERM, see -k
tests=(test_status fuzz_replay_csr fuzz_replay_differential test_special)

here=$(cd "$(dirname "$0")" && pwd)
die() { echo "bochs.sh: $*" >&2; exit 1; }
[ $# -ge 1 ] || die "usage: tests/bochs.sh BUILD [TEST...]"
[ -d "$1/tests" ] || die "$1/tests: no such folder"
build=$(cd "$1/tests" && pwd)
shift
[ $# -eq 0 ] || tests=("$@")

for tool in bochs busybox cpio xorriso; do
  command -v $tool > /dev/null || die "$tool is missing; the head of this file names the packages"
done
for file in /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 \
  /usr/share/bochs/BIOS-bochs-latest /usr/share/bochs/VGABIOS-lgpl-latest; do
  [ -e $file ] || die "$file is missing; the head of this file names the packages"
done

work=$(mktemp -d)
machine=
trap '[ -z "$machine" ] || kill "$machine" 2> /dev/null || true; rm -rf "$work"' EXIT
mkdir "$work/root" "$work/disc"

# ---------------------------------------------------------------- the kernel

if [ -z "${KERNEL:-}" ]; then
  package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: \(linux-image-[^ ]*\)$/\1/p' | head -n 1)
  [ -n "$package" ] || die "apt knows no kernel: apt-get update?"
  (cd "$work" && apt-get -q download "$package" > apt.log 2>&1) || die "$(cat "$work/apt.log")"
  dpkg-deb --fsys-tarfile "$work/$package"_*.deb | tar -x -C "$work" --wildcards './boot/vmlinuz-*'
  KERNEL=$(echo "$work"/boot/vmlinuz-*)
fi
cp "$KERNEL" "$work/disc/vmlinuz"

# ---------------------------------------------------------------- the programs to run

# Copies a program and the shared libraries that it is linked to.
add() {
  cp "$1" "$work/root/$(basename "$1")"
  { ldd "$1" 2> /dev/null || true; } | { grep -o '/[^ ]*' || true; } | while read -r library; do
    mkdir -p "$work/root$(dirname "$library")"
    cp -L "$library" "$work/root$library"
    dirname "$library" >> "$work/folders"
  done
}

add "$(command -v busybox)"
cp -R "$here/corpus" "$work/root/corpus"
for test in "${tests[@]}"; do
  [ -x "$build/$test" ] || die "$build/$test is not built"
  add "$build/$test"
  case $test in
    fuzz_replay_*) echo "run $test 10 /corpus/${test#fuzz_replay_}" ;;
    *) echo "run $test" ;;
  esac
done > "$work/runs"

# With one CPU, waiting threads must not spin. The pause before the end lets the serial port drain.
{
  cat << 'END'
#!/busybox sh
/busybox mkdir -p /proc /dev /tmp
/busybox mount -t proc proc /proc
/busybox mount -t devtmpfs dev /dev
exec > /dev/ttyS0 2>&1 < /dev/null
export KRON_EYE_ISA=avx512 OMP_NUM_THREADS=2 OMP_WAIT_POLICY=passive OPENBLAS_NUM_THREADS=1
export GLIBC_TUNABLES=glibc.cpu.x86_rep_stosb_threshold=1000000000:glibc.cpu.x86_rep_movsb_threshold=1000000000
run() {
  echo "== run $1"
  "/$@"
  echo "== exit $?"
}
END
  echo "export LD_LIBRARY_PATH=$(sort -u "$work/folders" | paste -s -d :)"
  [ -z "${KRON_EYE_TEST_SEED:-}" ] || echo "export KRON_EYE_TEST_SEED=$KRON_EYE_TEST_SEED"
  cat "$work/runs"
  echo "/busybox sleep 5"
  echo "/busybox poweroff -f"
} > "$work/root/init"
chmod +x "$work/root/init"
# Not compressed: the emulated machine needs longer to unpack it than to read it.
(cd "$work/root" && find . | cpio --quiet -o -H newc -R 0:0) > "$work/disc/initrd"

# Bochs 2.7 gives a wrong size for the compacted form of XSAVE, at which Linux gives up all of AVX;
# without XSAVEC and XSAVES it uses the other form. The rest of clearcpuid, and GLIBC_TUNABLES above:
# REP STOSB and MOVSB, which are fast on a machine, are emulated byte by byte.
cat > "$work/disc/isolinux.cfg" << 'END'
DEFAULT linux
PROMPT 0
LABEL linux
KERNEL /vmlinuz
APPEND initrd=/initrd console=ttyS0 quiet loglevel=1 nosmp mitigations=off tsc=reliable no_timer_check random.trust_cpu=on panic=-1 clearcpuid=xsavec,xsaves,erms,fsrm,rep_good
END
cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 "$work/disc"
xorriso -as mkisofs -quiet -o "$work/disc.iso" -b isolinux.bin -c boot.cat \
  -no-emul-boot -boot-load-size 4 -boot-info-table "$work/disc" 2> "$work/xorriso.log" \
  || die "$(cat "$work/xorriso.log")"

# ---------------------------------------------------------------- the machine

# A panic ends Bochs; both a power-off and a crash appear as one.
cat > "$work/bochsrc" << 'END'
config_interface: textconfig
display_library: term
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
cpu: model=corei7_skylake_x, ips=100000000, reset_on_triple_fault=0
clock: sync=none
memory: guest=2048, host=2048
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path=disc.iso, status=inserted
boot: cdrom
com1: enabled=1, mode=file, dev=/dev/fd/3
speaker: enabled=0
sound: waveoutdrv=dummy
log: bochs.log
panic: action=fatal
error: action=ignore
info: action=ignore
debug: action=ignore
END
echo continue > "$work/commands" # Debian's Bochs has the debugger, which waits for this

# Only the serial port, file 3, reaches the terminal.
exec 4< <(cd "$work" && TERM=linux exec timeout -k 2 "$LIMIT" bochs -f bochsrc -rc commands \
  3>&1 > bochs.out 2>&1 < /dev/null)
machine=$!

# Its text screen is a terminal of its own. Bochs waits once that is full, so something must read
# it.
{
  until screen=$(sed -n 's/.*connected to screen "\(.*\)".*/\1/p' "$work/bochs.out" 2> /dev/null) && [ -n "$screen" ]; do
    sleep 0.2
    kill -0 "$machine" 2> /dev/null || exit
  done
  stty -F "$screen" raw -echo
  cat "$screen"
} > /dev/null 2>&1 &

echo "booting: a minute or two" >&2
declare -A fate=() seconds=()
test=
while IFS= read -r line <&4 || [ -n "$line" ]; do
  line=${line%$'\r'}
  printf '%s\n' "$line"
  case $line in
    "== run "*) test=${line#== run } path='' passed='' begun=$SECONDS ;;
    "# path: avx512") path=yes ;;
    "[  PASSED  ] "[1-9]*" test(s)." | "# "[1-9]*" inputs from "[1-9]*" files") passed=yes ;;
    "== exit "*)
      seconds[$test]=$((SECONDS - begun))
      if [ "$line" != "== exit 0" ]; then fate[$test]="FAILED, ${line#== }"
      elif [ -z "$path" ]; then fate[$test]="FAILED, not on the AVX-512 path"
      elif [ -z "$passed" ]; then fate[$test]="FAILED, did not say that it passed"
      else fate[$test]=passed; fi ;;
  esac
done

# ---------------------------------------------------------------- the outcome

echo
failed=0
for test in "${tests[@]}"; do
  printf '%-28s %6s s   %s\n' "$test" "${seconds[$test]:--}" "${fate[$test]:-FAILED, did not end}"
  [ "${fate[$test]:-}" = passed ] || failed=$((failed + 1))
done
if [ ${#seconds[@]} -eq 0 ]; then
  tail -n 5 "$work/bochs.out" "$work/bochs.log" >&2 || true
fi
echo "$((${#tests[@]} - failed)) of ${#tests[@]} passed on the AVX-512 path"
[ "$failed" -eq 0 ] && [ ${#tests[@]} -gt 0 ]
