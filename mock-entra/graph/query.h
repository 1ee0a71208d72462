#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "mock-entra/http/message.h"

namespace keyrig::graph {

/// The properties of an object that a filter may look at, as text; booleans are "true" and "false".
using Properties = std::map<std::string, std::string, std::less<>>;

/// An OData $filter: comparisons by eq, ne and startswith(), joined by and, or, not, parentheses.
class Filter {
 public:
  /// Names of `known` properties compare without case; another name is an error in words.
  static Result<Filter, Error> Parse(std::string_view text,
                                     const std::vector<std::string_view>& known);
  bool Holds(const Properties& object) const;

  struct Node;

 private:
  explicit Filter(std::shared_ptr<const Node> root) : root_(std::move(root)) {}
  std::shared_ptr<const Node> root_;
};

/// The system query options of a list.
struct ListQuery {
  std::optional<Filter> filter;
  std::vector<std::string> select;  // in the spelling of `known`; empty: the default set
  std::size_t top = 100;
  std::size_t skip = 0;  // from $skiptoken
  bool count = false;

  /// An option that this service does not know, or a bad value, is an error in words.
  static Result<ListQuery, Error> Parse(const http::Parameters& query,
                                        const std::vector<std::string_view>& known);
};

/// An error that names the first system query option (one with '$'), for calls that take none.
Result<void, Error> TakesNoOptions(const http::Parameters& query);

}  // namespace keyrig::graph
