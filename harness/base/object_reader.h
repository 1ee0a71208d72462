#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/ids.h"
#include "harness/base/json_document.h"
#include "harness/base/result.h"

namespace keyrig::strict_json {

/// Reads the members of one object with their types; what is wrong is named with its place.
class ObjectReader {
 public:
  /// Refuses anything but an object whose members are all in `allowed` ("$comment" always is).
  static Result<ObjectReader, Error> Open(std::string_view file, const Node& node,
                                          std::initializer_list<std::string_view> allowed);
  static Result<ObjectReader, Error> Open(std::string_view file, const Node& node,
                                          const std::vector<std::string>& allowed);

  const Node* Find(std::string_view name) const { return node_->Find(name); }
  /// An error where the member is missing.
  Result<const Node*, Error> Require(std::string_view name) const;

  /// A text that is not empty.
  Result<std::string, Error> Text(const Node& node) const;
  /// One of `words`.
  Result<std::string, Error> Word(const Node& node, const std::vector<std::string>& words) const;
  Result<bool, Error> Bool(const Node& node) const;
  /// A whole number from `least` to `most`.
  Result<int, Error> Number(const Node& node, int least, int most) const;
  /// A list of texts, none twice; with `words`, each one of these.
  Result<std::vector<std::string>, Error> Texts(const Node& node,
                                                const std::vector<std::string>& words = {}) const;
  Result<Aaguid, Error> ReadAaguid(const Node& node) const;

  tl::unexpected<Error> Refuse(const Node& node, std::string_view message) const;
  tl::unexpected<Error> Refuse(const Node& node, Mark mark, std::string_view message) const;

 private:
  ObjectReader(std::string_view file, const Node& node) : file_(file), node_(&node) {}

  std::string_view file_;
  const Node* node_;
};

}  // namespace keyrig::strict_json
