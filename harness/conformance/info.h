#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/cbor.h"
#include "harness/conformance/stop.h"

namespace keyrig::conformance {

/// What a key says of itself (CTAP 2.3 §6.4).
class Info {
 public:
  Info() = default;
  explicit Info(cbor::Value members) : members_(std::move(members)) {}

  const cbor::Value& Members() const { return members_; }
  const cbor::Value* Member(int key) const { return members_.Find(key); }
  bool HasVersion(std::string_view version) const { return Lists(0x01, version); }
  /// 2.1 or newer, whose rules differ much from those of 2.0.
  bool IsAtLeast21() const { return HasVersion("FIDO_2_1") || HasVersion("FIDO_2_3"); }
  bool HasExtension(std::string_view name) const { return Lists(0x02, name); }
  bool HasProtocol(int number) const;
  bool HasAlgorithm(int number) const;
  bool HasConfigCommand(int number) const;
  /// PIN/UV auth protocols, preferred first; empty where there are none.
  std::vector<int> Protocols() const;
  /// Algorithms in order of preference.
  std::vector<int> Algorithms() const;
  /// Absent: not supported.
  std::optional<bool> Option(std::string_view name) const;
  bool Is(std::string_view option) const { return Option(option).value_or(false); }
  std::optional<std::uint64_t> Number(int key) const;
  std::uint64_t MaxMessageSize() const { return Number(0x05).value_or(1024); }
  /// Whether some user verification is set up.
  bool IsProtected() const { return Is("clientPin") || Is("uv"); }

  /// Whether the key has what a case needs, or the reason why not. A word is a version family
  /// ("2.0": older than 2.1, "2.1", "2.3", "U2F_V2"), "protocol 1", "alg -7", "config 2", "member
  /// 24", an extension ("ext credBlob"), an option that must be true ("is rk") or at least known
  /// ("clientPin"), with "no " before it for the opposite.
  std::optional<std::string> Lacks(std::string_view need) const;

 private:
  bool Lists(int member, std::string_view text) const;
  bool Meets(std::string_view need) const;
  cbor::Value members_;
};

}  // namespace keyrig::conformance
