#include "harness/conformance/runner.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/conformance/credentials.h"
#include "harness/conformance/pin.h"
#include "harness/conformance/subcommands.h"

namespace keyrig::conformance {
namespace {

/// Why a case cannot be played on this key; nothing where it can.
std::optional<std::string> Obstacle(const Case& played, Client& client) {
  const auto has = [&](const char* need) {
    return std::ranges::find(played.needs, need) != played.needs.end();
  };
  if (client.SpeaksU2fAlone() && !has("ctap1") && !has("U2F_V2")) {
    return "the key speaks U2F alone";
  }
  for (const std::string& need : played.needs) {
    if (need == "ctap1") continue;
    if (need == "own") {
      if (!client.TheBench().IsOwn()) return "only a key that keyrig made can be told to";
    } else if (need == "nfc") {
      if (client.Link().Card() == nullptr) return "the key is no card in a reader";
    } else if (need == "hid") {
      if (client.Link().Hid() == nullptr) return "the key is no HID device";
    } else if (auto lacks = client.KeyInfo().Lacks(need)) {
      return lacks;
    }
  }
  if (played.start == Start::kPin || played.start == Start::kFinger) {
    if (auto lacks = client.KeyInfo().Lacks("clientPin")) return lacks;
  }
  if (played.start == Start::kFinger) {
    if (auto lacks = client.KeyInfo().Lacks("bioEnroll")) return lacks;
    if (!client.TheBench().IsOwn()) return "only a key that keyrig made has a finger to enrol";
  }
  return std::nullopt;
}

/// The relying parties of discoverable credentials that are the cases' own.
std::vector<std::string> OwnRps(Client& client, ByteView token) {
  std::vector<std::string> rps;
  auto found = client.Send(kCredentialManagement,
                           CredentialManagementRequest(client, kEnumerateRpsBegin, {}, token));
  while (found && found->status == kOk) {
    const std::string* id = At(At(found->body, 3), "id").AsText();
    if (id != nullptr && id->ends_with(".example")) rps.push_back(*id);
    found = client.Send(kCredentialManagement, {{1, kEnumerateRpsNext}});
  }
  return rps;
}

/// Takes what a case left off a key that stays, as far as the key allows.
void RemoveCredentials(Client& client) {
  if (!client.Pin() || !client.KeyInfo().Is("credMgmt")) return;
  const auto token = Token(client, kCm);
  if (!token) return;
  for (const std::string& rp : OwnRps(client, *token)) {
    const cbor::Map listing{{1, ToBytes(ByteView(crypto::Sha256(ViewOf(rp))))}};
    while (true) {
      const auto found = client.Send(
          kCredentialManagement,
          CredentialManagementRequest(client, kEnumerateCredentialsBegin, listing, *token));
      if (!found || found->status != kOk) break;
      const cbor::Map deleting{{2, At(found->body, 7)}};
      const auto deleted =
          client.Send(kCredentialManagement,
                      CredentialManagementRequest(client, kDeleteCredential, deleting, *token));
      if (!deleted || deleted->status != kOk) break;
    }
  }
}

}  // namespace

std::string_view Name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPassed:
      return "passed";
    case Verdict::kFailed:
      return "failed";
    case Verdict::kNotApplicable:
      return "not applicable";
  }
  return {};
}

Outcome Runner::Renew(std::unique_ptr<Client>& client) {
  if (bench_.IsOwn()) {
    client.reset();
    TRY(FromBench(bench_.Renew()));
    client = TRY(Client::Connect(bench_, chance_));
  } else {
    if (!bench_.MayReset()) {
      return NotApplicable("it needs a key as from the factory; --may-reset allows to make it one");
    }
    // Within 10 s of power-up (CTAP 2.3 §6.6).
    TRY(client->PowerCycle());
    TRY(client->Ask(kReset));
    client->KnowPin(std::nullopt);
    TRY(client->ReadInfo());
  }
  condition_ = Condition::kFresh;
  return {};
}

Outcome Runner::Prepare(const Case& played, std::unique_ptr<Client>& client) {
  if (!bench_.IsOwn() && played.spoils && !bench_.MayReset()) {
    return NotApplicable("it leaves a key that has to be reset; --may-reset allows it");
  }
  // Under alwaysUv nothing goes without a PIN or a finger.
  const bool wants_pin = played.start == Start::kPin ||
                         (played.start == Start::kAny && client->KeyInfo().Is("alwaysUv") &&
                          !client->KeyInfo().IsProtected());
  if (played.start == Start::kAny && !wants_pin) return {};
  const Condition wanted = played.start == Start::kFresh ? Condition::kFresh
                           : wants_pin                   ? Condition::kPin
                                                         : Condition::kFinger;
  if (condition_ == wanted) return {};
  if (condition_ != Condition::kFresh) TRY(Renew(client));
  if (wanted == Condition::kFresh) return {};
  TRY(SetPin(*client));
  condition_ = Condition::kPin;
  if (wanted == Condition::kPin) return {};
  TRY(EnrollFinger(*client));
  condition_ = Condition::kFinger;
  return {};
}

Outcome Runner::PlayOn(const Case& played) {
  if (bench_.IsOwn() && (bench_.RenewsAtOnce() || condition_ == Condition::kUnknown)) {
    TRY(FromBench(bench_.Renew()));
    condition_ = Condition::kFresh;
  }
  auto client = TRY(Client::Connect(bench_, chance_));
  if (bench_.IsOwn() && condition_ != Condition::kFresh) client->KnowPin(kCasePin);
  if (!bench_.IsOwn()) {
    if (condition_ == Condition::kUnknown && bench_.Pin()) condition_ = Condition::kPin;
    if (condition_ == Condition::kPin && !client->Pin()) client->KnowPin(kCasePin);
    if (client->KeyInfo().Is("clientPin") && !client->Pin()) {
      return NotApplicable("the key has a PIN that is not known; give --key-pin");
    }
  }
  if (auto obstacle = Obstacle(played, *client)) return NotApplicable(*std::move(obstacle));
  if (const auto prepared = Prepare(played, client); !prepared) {
    condition_ = Condition::kUnknown;
    if (prepared.error().kind == Stop::Kind::kNotApplicable) return prepared;
    return Failed("The key could not be brought to where the case starts: " +
                  prepared.error().message);
  }
  // What a key in its present state does not offer.
  if (auto obstacle = Obstacle(played, *client)) return NotApplicable(*std::move(obstacle));
  const Outcome outcome = played.play(*client);
  const bool failed = !outcome && outcome.error().kind == Stop::Kind::kFailed;
  if (played.spoils || (failed && bench_.IsOwn())) condition_ = Condition::kUnknown;
  if (!bench_.RenewsAtOnce()) RemoveCredentials(*client);
  return outcome;
}

Played Runner::Play(const Case& played) {
  const Outcome outcome = PlayOn(played);
  if (outcome) return {};
  if (outcome.error().kind == Stop::Kind::kNotApplicable) {
    return {Verdict::kNotApplicable, outcome.error().message};
  }
  return {Verdict::kFailed, fmt::format("{}, case {}: {}. {}", played.clause, played.id,
                                        played.shows, outcome.error().message)};
}

}  // namespace keyrig::conformance
