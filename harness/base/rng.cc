#include "harness/base/rng.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "harness/base/crypto.h"

namespace keyrig {
namespace {

void FillFromSystem(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) std::abort();  // no randomness: nothing here may go on
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

Bytes BigEndian64(std::uint64_t value) {
  return Concat({BigEndian32(static_cast<std::uint32_t>(value >> 32)),
                 BigEndian32(static_cast<std::uint32_t>(value))});
}

}  // namespace

void RandomStream::Fill(std::span<std::uint8_t> out) {
  if (!key_) return FillFromSystem(out);
  for (std::uint8_t& byte : out) {
    if (used_ == buffer_.size()) {
      buffer_ = crypto::HmacSha256(*key_, BigEndian64(block_++));
      used_ = 0;
    }
    byte = buffer_[used_++];
  }
}

Bytes RandomStream::Take(std::size_t count) {
  Bytes bytes(count);
  Fill(bytes);
  return bytes;
}

std::uint32_t RandomStream::TakeU32() {
  ByteArray<4> bytes;
  Fill(bytes);
  return ReadBigEndian32(bytes);
}

std::string RandomStream::TakeGuid() {
  Bytes bytes = Take(16);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
  std::string text = ToHex(bytes);
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) text.insert(dash, 1, '-');
  return text;
}

Rng::Rng(std::uint64_t seed)
    : seed_(crypto::Sha256(Concat({ViewOf("keyrig seed"), BigEndian64(seed)}))) {}

RandomStream Rng::Stream(std::string_view label) {
  if (!seed_) return RandomStream(std::nullopt);
  std::uint64_t ordinal = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto found = ordinals_.try_emplace(std::string(label), 0).first;
    ordinal = found->second++;
  }
  return RandomStream(crypto::HmacSha256(*seed_, Concat({BigEndian64(ordinal), ViewOf(label)})));
}

}  // namespace keyrig
