# What images are made of, for each architecture asked for: Debian packages, and for another machine's also its Node and
# its native addons. Read by setup.sh, whose words it uses; everything lies in dist/, and what is there is not made again.

# Arguments: linux/amd64, linux/arm64.
release_parts() {
  for tool in apt-get apt-cache dpkg dpkg-deb; do
    has "$tool" || fail "Cannot make the image: \"$tool\" is not on the PATH; the image is made of Debian packages, so release on Debian"
  done
  for platform in "$@"; do
    case $platform in linux/amd64 | linux/arm64) ;; *) fail "Cannot make an image for \"$platform\": wanted linux/amd64 or linux/arm64" ;; esac
  done
  own=$(dpkg --print-architecture)
  fresh_lists "$@" || update_lists "$@"
  for platform in "$@"; do
    architecture=${platform#linux/}
    image_packages
    [ "$architecture" = "$own" ] && continue
    names_of_architecture
    cross_compilers
    other_npm_packages
    other_addons
  done
}

# As GNU and Node have them, and where its parts go.
names_of_architecture() {
  case $architecture in
    amd64) gnu=x86_64-linux-gnu cpu=x64 ;;
    arm64) gnu=aarch64-linux-gnu cpu=arm64 ;;
  esac
  other=$root/dist/linux-$architecture
}

fail_image() {
  [ "$architecture" = "$own" ] || set -- "$*; one for this machine alone needs none of it: npm run release -- --platform linux/$own"
  fail "Cannot make the image for linux/$architecture: $*"
}

# Runs a command in a folder; what it says is shown when it fails.
logged() {
  log=$(mktemp)
  code=0
  (cd "$1" && shift && "$@") >"$log" 2>&1 || code=$?
  [ "$code" -eq 0 ] || tail -n 12 "$log" >&2
  rm -f "$log"
  return "$code"
}

cross_compilers() {
  { has "$gnu-gcc" && has "$gnu-g++"; } && return 0
  packages=$(printf 'gcc-%s g++-%s' "$gnu" "$gnu" | tr _ -)
  [ "$(id -u)" -eq 0 ] || fail_image "\"$gnu-gcc\" and \"$gnu-g++\" are not on the PATH; install them (Debian: apt-get install $packages)"
  install_packages "$packages" || fail_image "apt-get could not install $packages (see the lines above)"
}

# The npm packages of package-lock.json as npm installs them there. Without links to programs that do not run here.
other_npm_packages() {
  wanted=$(sha256sum "$root/package-lock.json" | cut -c1-64)
  [ -f "$other/.arpeggio-setup" ] && [ "$(cat "$other/.arpeggio-setup")" = "$wanted" ] && return 0
  say "Installing npm packages for linux/$architecture"
  mkdir -p "$other"
  cp "$root/package.json" "$root/package-lock.json" "$other"
  logged "$other" npm ci "--os=linux" "--cpu=$cpu" --omit=dev --no-bin-links --ignore-scripts --no-audit --no-fund --loglevel=error ||
    fail_image 'npm ci failed (see the lines above)'
  printf '%s\n' "$wanted" >"$other/.arpeggio-setup"
}

# With the compilers' own C library, which is of the same release as the packages of the image.
other_addons() {
  mkdir -p "$other/speaker/native"
  CC=$gnu-gcc OUTPUT=../../dist/linux-$architecture/speaker/native/arpeggio.node sh "$root/speaker/native/build.sh" >&2
  [ -f "$other/node_modules/raw-socket/build/Release/raw.node" ] && return 0
  logged "$other" env CC="$gnu-gcc" CXX="$gnu-g++" npm_config_arch="$cpu" npm_config_nodedir="$other/node_modules/node-linux-$cpu" \
    npm rebuild raw-socket || fail_image 'the package raw-socket could not be built (see the lines above)'
}

# What Node needs at run time, as package files: the image holds nothing else of Debian. They are of this system's
# release, whose C library the native addons were built against.
image_packages() {
  folder=$root/dist/debian/$architecture
  mkdir -p "$folder"
  has_image_files && return 0
  say "Downloading the Debian packages of the image for linux/$architecture"
  rm -f "$folder"/*
  { logged "$folder" download_image_files && has_image_files; } || fail_image 'apt-get could not download its Debian packages from the mirrors of this system (see the lines above)'
}

# With package lists of the image's own, of the system's mirrors: the system's lists may be months old, may be changed by
# root alone, and name another architecture only where dpkg was told of it.
image_apt() {
  lists=$root/dist/apt/$architecture
  mkdir -p "$lists/lists/partial" "$lists/archives/partial"
  : >>"$lists/status"
  tool=$1
  shift
  "$tool" -o "Dir::State=$lists" -o "Dir::State::status=$lists/status" -o "Dir::Cache=$lists" -o Dir::Cache::pkgcache=packages.bin \
    -o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture" -o Acquire::Languages=none \
    -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false -o APT::Sandbox::User= "$@"
}

# One day: a release has the security updates of its day, unless the mirrors cannot be reached.
fresh_lists() {
  for platform in "$@"; do
    [ -n "$(find "$root/dist/apt/${platform#linux/}/updated" -mtime -1 2>/dev/null)" ] || return 1
  done
}

# Of all at once, so that they have the same versions. Mirrors that cannot be reached stop nobody who has older lists: it is
# said, and the next set-up tries again.
update_lists() {
  say 'Updating the package lists of the image'
  for platform in "$@"; do
    architecture=${platform#linux/}
    if logged "$root" image_apt apt-get update -q -o APT::Update::Error-Mode=any; then
      : >"$root/dist/apt/$architecture/updated"
    else
      say "The package lists for linux/$architecture could not be updated (see the lines above)"
    fi
  done
}

image_names() { image_apt apt-cache depends --recurse --important libstdc++6 | grep '^[a-z]'; }

# shellcheck disable=SC2046
download_image_files() { image_apt apt-get download -q $(image_names); }

# The versions that the package lists name, and nothing else. Asked from elsewhere: apt-get names no file that lies before it.
has_image_files() {
  # shellcheck disable=SC2046
  uris=$(image_apt apt-get download -q --print-uris $(image_names) 2>/dev/null) && [ -n "$uris" ] || return 1
  [ "$(printf '%s\n' "$uris" | cut -d ' ' -f 2 | sort)" = "$(cd "$folder" && printf '%s\n' * | sort)" ]
}
