#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/event.h"
#include "harness/station/url.h"

namespace keyrig::station {

/// The secrets that a station has met: passwords, passes, tokens, codes, cookies. What goes into an
/// event is shown without them; each that was there follows as a marked field of its own.
class Secrets {
 public:
  /// Remembers `value` under `name`, unless it is known or too short to be told from other text.
  void Learn(std::string_view name, std::string_view value);
  /// Learns the fields of a form that hold secrets by their name, and the members of a JSON object.
  void LearnFields(const Fields& fields);
  void LearnJson(std::string_view json);
  /// Learns the value that a Set-Cookie header sets.
  void LearnCookie(std::string_view set_cookie);

  /// The texts of `fields` with every known secret replaced by "[name]", and after them the
  /// secrets that were found.
  std::vector<EventField> Conceal(std::vector<EventField> fields) const;

 private:
  struct Secret {
    std::string name, value;
  };
  /// What a secret looks like in a text: as it is, or percent-encoded.
  struct Pattern {
    std::string text;
    std::size_t secret;  // its place in known_
  };
  void AddPattern(std::string text, std::size_t secret);
  const Pattern* PatternAt(std::string_view text) const;
  /// `text` without secrets; notes in `found` which were there.
  std::string Conceal(std::string_view text, std::vector<bool>& found) const;

  std::vector<Secret> known_;
  std::vector<Pattern> patterns_;  // longest first
  // Which hashes the first bytes of a pattern have: almost every place of a text is passed by it.
  std::bitset<4096> starts_;
};

}  // namespace keyrig::station
