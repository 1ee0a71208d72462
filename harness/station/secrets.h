#pragma once

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
    std::string name, value, encoded;
  };
  std::vector<Secret> known_;  // longest first
};

}  // namespace keyrig::station
