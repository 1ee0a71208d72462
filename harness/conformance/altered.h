#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/conformance/case.h"

/// Negative cases as rows of a table: a good request, what is changed in it, what the key answers.
namespace keyrig::conformance {

/// A whole request that the key takes.
using GoodRequest = std::function<OrStop<cbor::Map>(Client&)>;
using Change = std::function<cbor::Map(cbor::Map)>;

Change Drop(int member);
Change Put(int member, cbor::Value value);
/// In the map that a member is.
Change DropIn(int member, const char* inner);
Change PutIn(int member, const char* inner, cbor::Value value);

struct AlteredRequest {
  std::string id;
  std::string clause;
  std::string shows;
  Change change;
  Statuses expected;
  std::vector<std::string> needs = {};
};

/// What all rows of a table have in common.
struct GoodTwin {
  std::string prefix;  // of the ids
  Command command;
  GoodRequest request;
  Start start = Start::kAny;
  std::vector<std::string> needs = {};
  bool spoils = false;
};

/// A case for each row: the changed request is refused, and then its twin, the same without the
/// change, is taken.
std::vector<Case> Refusals(const GoodTwin& twin, std::vector<AlteredRequest> rows);

/// `more` at the end of `cases`.
void AppendTo(std::vector<Case>& cases, std::vector<Case> more);

}  // namespace keyrig::conformance
