#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "harness/base/bytes.h"

namespace keyrig {

/// An endless run of random bytes for one purpose.
class RandomStream {
 public:
  void Fill(std::span<std::uint8_t> out);
  Bytes Take(std::size_t count);
  std::uint32_t TakeU32();
  /// A random (version 4) GUID in lower case.
  std::string TakeGuid();

 private:
  friend class Rng;
  explicit RandomStream(std::optional<ByteArray<32>> key) : key_(key) {}

  std::optional<ByteArray<32>> key_;  // absent: the operating system's generator
  std::uint64_t block_ = 0;
  ByteArray<32> buffer_{};
  std::size_t used_ = 32;
};

/// The source of all chance. A seeded one derives each stream from (seed, label, how many streams
/// this label has had), never from the order of draws elsewhere: a new caller changes no other's
/// numbers. Seeded values are reproducible and therefore not secret. Thread-safe.
class Rng {
 public:
  /// The operating system's generator.
  Rng() = default;
  explicit Rng(std::uint64_t seed);
  /// What comes of a secret seed is secret too.
  explicit Rng(const ByteArray<32>& seed) : seed_(seed) {}
  bool IsSeeded() const { return seed_.has_value(); }
  RandomStream Stream(std::string_view label);

 private:
  std::optional<ByteArray<32>> seed_;
  std::mutex mutex_;
  std::map<std::string, std::uint64_t, std::less<>> ordinals_;
};

}  // namespace keyrig
