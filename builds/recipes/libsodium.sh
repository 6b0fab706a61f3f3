#!/bin/sh
# libsodium, static, without its configure, which would have to run programs of the target: the compiler itself says what
# there is to know of a CPU and a system.
#
#   libsodium.sh SOURCE PREFIX    CC AR
set -eu
source=$1 prefix=$2
cd "$source/src/libsodium"

is() { # MACRO
	echo "$macros" | grep -q "#define $1 "
}
macros=$($CC -dM -E -x c /dev/null) # zig does not translate the names of CPUs for what comes through a pipe

flags="-w -DCONFIGURED=1 -DSODIUM_STATIC -DHAVE_C_VARARRAYS=1"
is __linux__ && flags="$flags -fPIC -DHAVE_WEAK_SYMBOLS=1 -DHAVE_INLINE_ASM=1 -DHAVE_PTHREAD=1 -DHAVE_MMAP=1
	-DHAVE_MLOCK=1 -DHAVE_MADVISE=1 -DHAVE_MPROTECT=1 -DHAVE_SYS_MMAN_H=1 -DHAVE_GETPID=1 -DHAVE_NANOSLEEP=1
	-DHAVE_POSIX_MEMALIGN=1 -DHAVE_GETRANDOM=1 -DHAVE_LINUX_COMPATIBLE_GETRANDOM=1 -DHAVE_SYS_RANDOM_H=1
	-DHAVE_ALLOCA_H=1 -DHAVE_ALLOCA=1 -DHAVE_EXPLICIT_BZERO=1 -DHAVE_ATOMIC_OPS=1"
is __BIG_ENDIAN__ || is __MIPSEB__ && flags="$flags -DNATIVE_BIG_ENDIAN=1" || flags="$flags -DNATIVE_LITTLE_ENDIAN=1"
is __SIZEOF_INT128__ && flags="$flags -DHAVE_TI_MODE=1"
# What newer CPUs of this kind can do is chosen when the program runs. Clang lost AVX-512's variant for argon2.
is __x86_64__ && flags="$flags -DHAVE_CPUID=1 -DHAVE_MMINTRIN_H=1 -DHAVE_EMMINTRIN_H=1 -DHAVE_PMMINTRIN_H=1
	-DHAVE_TMMINTRIN_H=1 -DHAVE_SMMINTRIN_H=1 -DHAVE_AVXINTRIN_H=1 -DHAVE_AVX2INTRIN_H=1 -DHAVE_WMMINTRIN_H=1
	-DHAVE_RDRAND=1"
is __x86_64__ && is __ELF__ && flags="$flags -DHAVE_AMD64_ASM=1 -DHAVE_AVX_ASM=1" # Windows calls functions otherwise

sed -e 's/@VERSION@/1.0.18/; s/@SODIUM_LIBRARY_VERSION_M\(AJ\|IN\)OR@/0/; s/@SODIUM_LIBRARY_MINIMAL_DEF@//' \
	include/sodium/version.h.in >include/sodium/version.h

cat >compile <<'END'
#!/bin/sh
case $1 in
*.S) set -- "$1" -mavx ;;
*avx2*) set -- "$1" -mavx2 ;;
*sse41*) set -- "$1" -msse4.1 ;;
*ssse3*) set -- "$1" -mssse3 ;;
*aesni*) set -- "$1" -mssse3 -maes -mpclmul ;;
*internal_random*) set -- "$1" -mrdrnd ;;
esac
[ -n "$X86" ] || set -- "$1"
exec $CC $FLAGS -Iinclude/sodium -Iinclude "$@" -c -o "$(echo "${1#./}" | tr / _).o"
END
chmod +x compile
x86=$(is __x86_64__ && echo yes || true)
export FLAGS="$flags" X86="$x86"
find . -name '*.[cS]' | sort | xargs -n 1 -P "$(nproc)" ./compile
rm -f libsodium.a
# shellcheck disable=SC2046 # a list of files
$AR rcs libsodium.a $(find . -name '*.o' | sort)
mkdir -p "$prefix/lib" "$prefix/include"
cp libsodium.a "$prefix/lib"
cp -r include/sodium include/sodium.h "$prefix/include"
