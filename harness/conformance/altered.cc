#include "harness/conformance/altered.h"

#include <iterator>
#include <utility>

namespace keyrig::conformance {
namespace {

cbor::Map InnerMap(const cbor::Map& map, int member) {
  const cbor::Map* inner = At(map, member).AsMap();
  return inner == nullptr ? cbor::Map() : *inner;
}

}  // namespace

Change Drop(int member) {
  return [=](cbor::Map map) { return Without(std::move(map), member); };
}

Change Put(int member, cbor::Value value) {
  return [=](cbor::Map map) { return With(std::move(map), member, value); };
}

Change DropIn(int member, const char* inner) {
  return [=](const cbor::Map& map) {
    return With(map, member, Without(InnerMap(map, member), inner));
  };
}

Change PutIn(int member, const char* inner, cbor::Value value) {
  return [=](const cbor::Map& map) {
    return With(map, member, With(InnerMap(map, member), inner, value));
  };
}

std::vector<Case> Refusals(const GoodTwin& twin, std::vector<AlteredRequest> rows) {
  std::vector<Case> cases;
  for (AlteredRequest& row : rows) {
    Case each;
    each.id = twin.prefix + "_" + row.id;
    each.clause = std::move(row.clause);
    each.shows = std::move(row.shows);
    each.start = twin.start;
    each.needs = twin.needs;
    each.needs.insert(each.needs.end(), row.needs.begin(), row.needs.end());
    each.spoils = twin.spoils;
    each.play = [command = twin.command, request = twin.request, change = std::move(row.change),
                 expected = std::move(row.expected)](Client& client) -> Outcome {
      const cbor::Map good = TRY(request(client));
      TRY(client.Refuses(command, change(good), expected));
      const cbor::Map again = TRY(request(client));
      const auto answer = client.Ask(command, again);
      if (!answer) {
        return Failed("its positive twin, the same request as it should be: " +
                      answer.error().message);
      }
      return {};
    };
    cases.push_back(std::move(each));
  }
  return cases;
}

void AppendTo(std::vector<Case>& cases, std::vector<Case> more) {
  cases.insert(cases.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

}  // namespace keyrig::conformance
