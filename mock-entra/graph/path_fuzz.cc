#include <cstdlib>

#include "harness/base/bytes.h"
#include "mock-entra/graph/path.h"
#include "mock-entra/graph/query.h"

// The first line is a path, the second a query. Neither ever crashes; a path that parses fits the
// pattern made of as many {} as it has segments, unless one of them is a call; a filter that parses
// gives the same verdict twice.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace keyrig;
  const std::string_view text = AsText({data, size});
  const std::size_t line = std::min(text.find('\n'), text.size());
  if (const auto path = graph::Path::Parse(text.substr(0, line)); path && !path->segments.empty()) {
    std::string pattern;
    bool has_call = false;
    for (const auto& segment : path->segments) {
      pattern += pattern.empty() ? "{}" : "/{}";
      has_call |= segment.is_call;
    }
    if (graph::Match(*path, pattern).has_value() == has_call) std::abort();
  }
  const std::string_view query = text.substr(std::min(line + 1, text.size()));
  const auto list =
      graph::ListQuery::Parse(http::Parameters::Parse(query), {"id", "displayName", "mail"});
  if (list && list->filter) {
    const graph::Properties object = {{"id", "1"}, {"displayName", "Adele"}};
    if (list->filter->Holds(object) != list->filter->Holds(object)) std::abort();
  }
  return 0;
}
