#!/bin/sh
# Takes nats-server out of Debian's forky or sid suite into a folder: nats-apt.sh <folder>
# Needs no root and changes nothing on the machine: mirror, proxy and trust come from the machine's own apt configuration, lists and
# packages go to a scratch folder, and apt checks the signatures.
set -eu
out=$1
scratch=$out/.apt.$$
trap 'rm -rf "$scratch"' EXIT
rm -rf "$scratch"
mkdir -p "$scratch/lists/partial" "$scratch/cache/archives/partial"
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' | grep -v security | sort -u | head -n1)
signed_by=
for keyring in /usr/share/keyrings/debian-archive-keyring.pgp /usr/share/keyrings/debian-archive-keyring.gpg; do
  if [ -e "$keyring" ]; then signed_by="Signed-By: $keyring"; fi
done
own_apt() {
  apt-get -qq -o Dir::Etc::SourceParts=/dev/null -o Dir::Etc::SourceList="$scratch/suite.sources" -o Dir::State::Lists="$scratch/lists" \
    -o Dir::Cache="$scratch/cache" -o Acquire::Languages=none -o APT::Sandbox::User="$(id -un)" \
    -o APT::Architecture="$(dpkg --print-architecture)" "$@"
}
for suite in forky sid; do
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n%s\n' "$mirror" "$suite" "$signed_by" >"$scratch/suite.sources"
  if own_apt update && (cd "$scratch" && own_apt download nats-server); then break; fi
done
dpkg -x "$scratch"/nats-server_*.deb "$scratch/package"
mv "$scratch"/package/usr/*bin/nats-server "$out/nats-server"
