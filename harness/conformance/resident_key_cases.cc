// Discoverable credentials and getNextAssertion (CTAP 2.3 §6.1.2 step 17, §6.2.2, §6.3).
#include <fmt/format.h>

#include <chrono>

#include "harness/conformance/case.h"
#include "harness/conformance/credentials.h"
#include "harness/conformance/pin.h"

namespace keyrig::conformance {
namespace {

constexpr const char* kNextClause = "CTAP 2.3 §6.3";

OrStop<Asserted> Discover(Client& client, const std::string& rp = kRp) {
  return Assert(client, TRY(AssertionByPin(client, Assertion(rp))));
}

Bytes UserId(const Asserted& asserted) {
  const Bytes* id = At(At(asserted.answer, 4), "id").AsBytes();
  return id == nullptr ? Bytes() : *id;
}

Outcome IsDiscovered(Client& client) {
  const Made made = TRY(RegisterDiscoverable(client));
  const Asserted asserted = TRY(Discover(client));
  TRY(Check(asserted.credential_id == made.Id(), "another credential is found"));
  TRY(Check(UserId(asserted) == ToBytes("handle of adele"), "user.id is not what was registered"));
  TRY(Check(At(asserted.answer, 5).IsNull(), "numberOfCredentials is there for a single one"));
  return VerifySignature(made, asserted);
}

Outcome SurvivesPowerCycle(Client& client) {
  const Made made = TRY(RegisterDiscoverable(client));
  TRY(client.PowerCycle());
  return VerifySignature(made, TRY(Discover(client)));
}

Outcome TellsNamesAfterUv(Client& client) {
  TRY(RegisterDiscoverable(client, kRp, "adele"));
  TRY(RegisterDiscoverable(client, kRp, "megan"));
  const Asserted asserted = TRY(Discover(client));
  const cbor::Value& user = At(asserted.answer, 4);
  return Check(
      At(user, "name").AsText() != nullptr && At(user, "displayName").AsText() != nullptr,
      "with user verification and two accounts the names are missing: " + cbor::Diagnose(user));
}

Outcome TellsNoNamesWithoutUv(Client& client) {
  TRY(RegisterDiscoverable(client, kRp, "adele"));
  TRY(RegisterDiscoverable(client, kRp, "megan"));
  const Asserted asserted = TRY(Assert(client, Assertion()));
  const cbor::Map* user = At(asserted.answer, 4).AsMap();
  return Check(user != nullptr && user->size() == 1 && user->front().first == cbor::Value("id"),
               "without user verification the user is " + cbor::Diagnose(At(asserted.answer, 4)));
}

Outcome ComesNewestFirst(Client& client) {
  const Made first = TRY(RegisterDiscoverable(client, kRp, "adele"));
  const Made second = TRY(RegisterDiscoverable(client, kRp, "megan"));
  const Made third = TRY(RegisterDiscoverable(client, kRp, "pradeep"));
  const Asserted newest = TRY(Discover(client));
  TRY(Check(At(newest.answer, 5) == cbor::Value(3), "numberOfCredentials is not 3"));
  TRY(VerifySignature(third, newest));
  const Asserted next = TRY(NextAssertion(client));
  TRY(Check(At(next.answer, 5).IsNull(), "getNextAssertion repeats numberOfCredentials"));
  TRY(Check(!next.asked.value_or(false), "getNextAssertion asked for a touch"));
  TRY(Check(next.data.flags == newest.data.flags, "getNextAssertion has other flags"));
  TRY(VerifySignature(second, next));
  const Asserted oldest = TRY(NextAssertion(client));
  TRY(VerifySignature(first, oldest));
  return client.Refuses(kGetNextAssertion, {kNotAllowed});
}

Outcome NextWithoutFirst(Client& client) {
  TRY(client.Refuses(kGetNextAssertion, {kNotAllowed}));
  return ComesNewestFirst(client);
}

OrStop<Asserted> TwoAndTheFirst(Client& client) {
  TRY(RegisterDiscoverable(client, kRp, "adele"));
  TRY(RegisterDiscoverable(client, kRp, "megan"));
  return Discover(client);
}

Outcome NextEndsAfter(Client& client, std::chrono::seconds wait, bool ended) {
  TRY(TwoAndTheFirst(client));
  TRY(client.Advance(wait));
  if (ended) return client.Refuses(kGetNextAssertion, {kNotAllowed});
  TRY(NextAssertion(client));
  return {};
}

Outcome NextIsOfItsChannel(Client& client) {
  auto other = TRY(client.ConnectAnother());
  TRY(TwoAndTheFirst(client));
  const Reply reply = TRY(client.SendOver(*other, Bytes{kGetNextAssertion}));
  return Check(reply.status == kNotAllowed,
               "another channel's getNextAssertion is answered " + Text(reply.status));
}

Outcome NextEndsAtPowerCycle(Client& client) {
  TRY(TwoAndTheFirst(client));
  TRY(client.PowerCycle());
  return client.Refuses(kGetNextAssertion, {kNotAllowed});
}

Outcome NextCountsOn(Client& client) {
  const Asserted first = TRY(TwoAndTheFirst(client));
  const Asserted next = TRY(NextAssertion(client));
  const Asserted again = TRY(Discover(client));
  static_cast<void>(next);
  return Check(again.data.counter == 0 || again.data.counter > first.data.counter,
               "the signature counter does not grow");
}

Outcome Replaces(Client& client) {
  const std::string rp = "replaced.example";
  const Made old = TRY(RegisterDiscoverable(client, rp));
  const Made made = TRY(RegisterDiscoverable(client, rp));
  TRY(Check(old.Id() != made.Id(), "the credential that replaces has the same ID"));
  const Asserted asserted = TRY(Discover(client, rp));
  TRY(Check(At(asserted.answer, 5).IsNull(), "the replaced credential is still found"));
  TRY(VerifySignature(made, asserted));
  const cbor::Map stale = TRY(AssertionByPin(client, Allowing(Assertion(rp), {old.Id()})));
  return client.Refuses(kGetAssertion, stale, {kNoCredentials});
}

Outcome KeepsUsersApart(Client& client) {
  TRY(RegisterDiscoverable(client, kRp, "adele"));
  TRY(RegisterDiscoverable(client, kRp, "megan"));
  const Asserted asserted = TRY(Discover(client));
  return Check(At(asserted.answer, 5) == cbor::Value(2), "two users are not two credentials");
}

Outcome KeepsRpsApart(Client& client) {
  const Made here = TRY(RegisterDiscoverable(client, kRp));
  const Made there = TRY(RegisterDiscoverable(client, kOtherRp));
  TRY(VerifySignature(here, TRY(Discover(client, kRp))));
  return VerifySignature(there, TRY(Discover(client, kOtherRp)));
}

Outcome IsFoundByItsId(Client& client) {
  const Made first = TRY(RegisterDiscoverable(client, kRp, "adele"));
  TRY(RegisterDiscoverable(client, kRp, "megan"));
  const Asserted asserted =
      TRY(Assert(client, TRY(AssertionByPin(client, Allowing(Assertion(), {first.Id()})))));
  TRY(Check(At(asserted.answer, 5).IsNull(), "numberOfCredentials is there with an allowList"));
  return VerifySignature(first, asserted);
}

Outcome TakesRoom(Client& client) {
  const auto before = client.KeyInfo().Number(0x14);
  TRY(RegisterDiscoverable(client, "room.example"));
  TRY(client.ReadInfo());
  return Check(*client.KeyInfo().Number(0x14) == *before - 1,
               "remainingDiscoverableCredentials did not count down");
}

Outcome FillsUp(Client& client) {
  constexpr std::uint64_t kMost = 120;
  const auto room = *client.KeyInfo().Number(0x14);
  if (room > kMost) return NotApplicable(fmt::format("{} credentials take too long", room));
  for (std::uint64_t i = 0; i < room; ++i) {
    TRY(RegisterDiscoverable(client, "full.example", fmt::format("user {}", i)));
  }
  TRY(client.ReadInfo());
  TRY(Check(client.KeyInfo().Number(0x14) == 0, "a full key says that it has room"));
  const cbor::Map more = Discoverable(Registration(client, "full.example", "one too many"));
  TRY(client.Refuses(kMakeCredential, TRY(ByPin(client, more)), {kKeyStoreFull}));
  // The twins: one that replaces needs no room, nor does one that is not kept.
  TRY(RegisterDiscoverable(client, "full.example", "user 0"));
  TRY(Register(client));
  return {};
}

}  // namespace

std::vector<Case> ResidentKeyCases() {
  using std::chrono::seconds;
  std::vector<Case> cases = {
      {"rk_discovered", "CTAP 2.3 §6.2.2 step 12", "a discoverable credential is found by its RP",
       IsDiscovered},
      {"rk_power_cycle", "CTAP 2.3 §6.1.2 step 17", "it outlives a power cycle",
       SurvivesPowerCycle},
      {"rk_names_with_uv",
       "CTAP 2.3 §6.2.2 step 13 and §6.2.3",
       "after UV the user has names",
       TellsNamesAfterUv,
       Start::kPin,
       {"clientPin"}},
      {"rk_no_names_without_uv",
       "CTAP 2.3 §6.2.2 step 13 and §6.2.3",
       "without UV the user is an id alone",
       TellsNoNamesWithoutUv,
       Start::kPin,
       {"clientPin", "no is alwaysUv"}},
      {"rk_newest_first", kNextClause, "several come one by one, the newest first",
       ComesNewestFirst},
      {"rk_next_without_first", kNextClause, "getNextAssertion needs a getAssertion before",
       NextWithoutFirst},
      {"rk_next_after_29s",
       kNextClause,
       "29 s later the next one is still there",
       [](Client& client) { return NextEndsAfter(client, seconds(29), false); },
       Start::kAny,
       {"own"}},
      {"rk_next_after_31s",
       kNextClause,
       "31 s later it is not",
       [](Client& client) { return NextEndsAfter(client, seconds(31), true); },
       Start::kAny,
       {"own", "hid"}},
      {"rk_next_of_other_channel",
       "CTAP 2.3 §6",
       "getNextAssertion is for the same channel alone",
       NextIsOfItsChannel,
       Start::kAny,
       {"hid"}},
      {"rk_next_power_cycle", "CTAP 2.3 §6", "a power cycle ends it", NextEndsAtPowerCycle},
      {"rk_next_counter", "WebAuthn L3 §6.1.1", "the counter grows over all of them", NextCountsOn},
      {"rk_replaces", "CTAP 2.3 §6.1.2 step 17", "the same user's new credential replaces the old",
       Replaces},
      {"rk_users", "CTAP 2.3 §6.1.2 step 17", "another user's does not", KeepsUsersApart},
      {"rk_rps", "CTAP 2.3 §6.1.2 step 17", "another relying party's does not", KeepsRpsApart},
      {"rk_by_id",
       "CTAP 2.3 §6.2.2 step 11",
       "it is found by its ID, too",
       IsFoundByItsId,
       Start::kAny,
       {"2.1"}},
      {"rk_room",
       "CTAP 2.3 §6.4 member 0x14",
       "it takes room",
       TakesRoom,
       Start::kFresh,
       {"member 20", "no is alwaysUv"}},
      {"rk_full",
       "CTAP 2.3 §6.1.2 step 17",
       "a full key is KEY_STORE_FULL, for new ones alone",
       FillsUp,
       Start::kFresh,
       {"member 20", "no is alwaysUv"},
       true},
  };
  for (Case& each : cases) each.needs.emplace_back("is rk");
  return cases;
}

}  // namespace keyrig::conformance
