// U2F / CTAP1 (CTAP 2.3 §10, FIDO U2F raw message formats 1.2).
#include <fmt/format.h>

#include <chrono>

#include "harness/base/certificate.h"
#include "harness/conformance/case.h"
#include "harness/conformance/credentials.h"
#include "harness/conformance/subcommands.h"

namespace keyrig::conformance {
namespace {

constexpr std::uint16_t kSwOk = 0x9000;
constexpr std::uint16_t kSwNotSatisfied = 0x6985;
constexpr std::uint16_t kSwNotAllowed = 0x6986;
constexpr std::uint16_t kSwWrongData = 0x6A80;
constexpr std::uint16_t kSwWrongLength = 0x6700;
constexpr std::uint16_t kSwNoInstruction = 0x6D00;
constexpr std::uint16_t kSwNoClass = 0x6E00;

constexpr std::uint8_t kRegister = 0x01;
constexpr std::uint8_t kAuthenticate = 0x02;
constexpr std::uint8_t kVersion = 0x03;
constexpr std::uint8_t kEnforce = 0x03;
constexpr std::uint8_t kCheckOnly = 0x07;
constexpr std::uint8_t kDontEnforce = 0x08;

struct U2fAnswer {
  Bytes data;
  std::uint16_t status_word = 0;
};

Bytes Apdu(std::uint8_t ins, std::uint8_t p1, ByteView data, std::uint8_t cla = 0) {
  if (data.empty()) return {cla, ins, p1, 0, 0, 0, 0};
  return Concat({Bytes{cla, ins, p1, 0, 0}, BigEndian16(static_cast<std::uint16_t>(data.size())),
                 data, Bytes{0, 0}});
}

OrStop<U2fAnswer> Exchange(Client& client, ByteView apdu) {
  const auto answer =
      TRY(FromBench(client.Link().ExchangeU2f(apdu, std::chrono::milliseconds(5'000))));
  if (answer.size() < 2) return Failed("the key answered no status word");
  const ByteView all(answer);
  return U2fAnswer{ToBytes(all.first(all.size() - 2)), ReadBigEndian16(all.last<2>())};
}

Outcome Expect(Client& client, ByteView apdu, std::uint16_t status_word) {
  const U2fAnswer answer = TRY(Exchange(client, apdu));
  return Check(
      answer.status_word == status_word,
      fmt::format("the status word is {:04x} instead of {:04x}", answer.status_word, status_word));
}

/// Polls as a platform does, until the key has been touched.
OrStop<U2fAnswer> ExchangeTouched(Client& client, ByteView apdu) {
  constexpr int kPolls = 200;
  U2fAnswer answer;
  for (int i = 0; i < kPolls; ++i) {
    answer = TRY(Exchange(client, apdu));
    if (answer.status_word != kSwNotSatisfied) break;
    if (client.TheBench().IsOwn()) {
      TRY(client.Advance(std::chrono::milliseconds(50)));
    } else {
      TRY(FromBench(client.TheBench().During(Gesture::kTouch, [] {})));
    }
  }
  if (answer.status_word == kSwOk) return answer;
  return Failed(fmt::format("the status word is {:04x} instead of 9000", answer.status_word));
}

Bytes HashOfText(const std::string& text) {
  return ToBytes(ByteView(crypto::Sha256(ViewOf(text))));
}
Bytes Challenge32() { return HashOfText("challenge"); }

struct U2fCredential {
  Bytes handle;
  Bytes point;  // uncompressed
};

OrStop<crypto::PublicKey> KeyOf(ByteView point) {
  return FromBench(crypto::PublicKey::From(crypto::EcPoint{
      crypto::Curve::kP256, ToBytes(point.subspan(1, 32)), ToBytes(point.subspan(33, 32))}));
}

Bytes RegisterApdu(const std::string& rp = kRp) {
  return Apdu(kRegister, 0x03, Concat({Challenge32(), HashOfText(rp)}));
}

/// Checks the whole response of a registration.
OrStop<U2fCredential> RegisterU2f(Client& client) {
  const U2fAnswer answer = TRY(ExchangeTouched(client, RegisterApdu()));
  const ByteView data(answer.data);
  if (data.size() < 67 || data[0] != 0x05 || data[1] != 0x04) {
    return Failed("the registration response does not begin with 05 and a point");
  }
  U2fCredential made;
  made.point = ToBytes(data.subspan(1, 65));
  const std::size_t size = data[66];
  if (data.size() < 67 + size + 4) return Failed("the registration response is too short");
  made.handle = ToBytes(data.subspan(67, size));
  const ByteView rest = data.subspan(67 + size);
  const std::size_t certificate_size = 4 + static_cast<std::size_t>(rest[2]) * 256 + rest[3];
  if (rest[0] != 0x30 || rest[1] != 0x82 || rest.size() < certificate_size) {
    return Failed("the registration response has no certificate");
  }
  const auto certificate =
      TRY(FromBench(crypto::Certificate::FromDer(rest.first(certificate_size))));
  const Bytes is_signed =
      Concat({Bytes{0}, HashOfText(kRp), Challenge32(), made.handle, made.point});
  TRY(Check(
      certificate.Key().Verify(CoseAlgorithm::kEs256, is_signed, rest.subspan(certificate_size)),
      "the attestation signature does not verify"));
  return made;
}

Bytes AuthenticateApdu(std::uint8_t control, ByteView handle, const std::string& rp = kRp) {
  return Apdu(kAuthenticate, control,
              Concat({Challenge32(), HashOfText(rp),
                      Bytes{static_cast<std::uint8_t>(handle.size())}, handle}));
}

/// The counter of a response whose signature verifies.
OrStop<std::uint32_t> VerifyU2f(const U2fCredential& made, const U2fAnswer& answer,
                                std::uint8_t presence) {
  const ByteView data(answer.data);
  if (data.size() < 6) return Failed("the authentication response is too short");
  TRY(Check((data[0] & 1) == presence, "the user presence byte is wrong"));
  const Bytes is_signed = Concat({HashOfText(kRp), data.first(5), Challenge32()});
  const auto key = TRY(KeyOf(made.point));
  TRY(Check(key.Verify(CoseAlgorithm::kEs256, is_signed, data.subspan(5)),
            "the signature does not verify"));
  return ReadBigEndian32(data.subspan<1, 4>());
}

Outcome TellsVersion(Client& client) {
  const U2fAnswer answer = TRY(Exchange(client, Apdu(kVersion, 0, {})));
  return Check(answer.status_word == kSwOk && AsText(answer.data) == "U2F_V2",
               "VERSION is not U2F_V2 with 9000");
}

Outcome RegistersU2f(Client& client) {
  TRY(RegisterU2f(client));
  return {};
}

Outcome SignsU2f(Client& client) {
  const U2fCredential made = TRY(RegisterU2f(client));
  const Bytes apdu = AuthenticateApdu(kEnforce, made.handle);
  const auto first = TRY(VerifyU2f(made, TRY(ExchangeTouched(client, apdu)), 1));
  const auto second = TRY(VerifyU2f(made, TRY(ExchangeTouched(client, apdu)), 1));
  return Check(second > first, "the counter does not grow");
}

Outcome SignsWithoutTouch(Client& client) {
  const U2fCredential made = TRY(RegisterU2f(client));
  TRY(client.SetUser(Gesture::kManual));
  const U2fAnswer answer = TRY(Exchange(client, AuthenticateApdu(kDontEnforce, made.handle)));
  if (answer.status_word == kSwNotSatisfied) return {};  // a key may want a touch anyway
  TRY(Check(answer.status_word == kSwOk, "dont-enforce is no 9000"));
  TRY(VerifyU2f(made, answer, 0));
  return {};
}

Outcome ChecksOnly(Client& client) {
  const U2fCredential made = TRY(RegisterU2f(client));
  TRY(Expect(client, AuthenticateApdu(kCheckOnly, made.handle), kSwNotSatisfied));
  Bytes foreign = made.handle;
  foreign.back() ^= 1;
  return Expect(client, AuthenticateApdu(kCheckOnly, foreign), kSwWrongData);
}

Outcome KeepsHandlesToTheirApp(Client& client) {
  const U2fCredential made = TRY(RegisterU2f(client));
  TRY(Expect(client, AuthenticateApdu(kCheckOnly, made.handle, kOtherRp), kSwWrongData));
  TRY(Expect(client, AuthenticateApdu(kEnforce, made.handle, kOtherRp), kSwWrongData));
  return Expect(client, AuthenticateApdu(kCheckOnly, made.handle), kSwNotSatisfied);
}

Outcome WantsATouch(Client& client) {
  TRY(client.SetUser(Gesture::kManual));
  TRY(Expect(client, RegisterApdu(), kSwNotSatisfied));
  TRY(client.SetUser(Gesture::kTouch));
  return RegistersU2f(client);
}

Outcome UnknownControlNeverSigns(Client& client) {
  const U2fCredential made = TRY(RegisterU2f(client));
  const U2fAnswer answer = TRY(Exchange(client, AuthenticateApdu(0x55, made.handle)));
  return Check(answer.status_word != kSwOk && answer.data.empty(),
               "an unknown control byte is signed for");
}

Outcome ServesGetAssertion(Client& client) {
  const U2fCredential made = TRY(RegisterU2f(client));
  const Asserted asserted = TRY(Assert(client, Allowing(Assertion(), {made.handle})));
  TRY(Check(At(asserted.answer, 4).IsNull(), "a U2F credential has a user"));
  const auto key = TRY(KeyOf(made.point));
  return Check(key.Verify(CoseAlgorithm::kEs256, Concat({asserted.data.raw, ClientDataHash()}),
                          *At(asserted.answer, 3).AsBytes()),
               "getAssertion's signature does not verify with the U2F key");
}

Outcome ExcludesMakeCredential(Client& client) {
  const U2fCredential made = TRY(RegisterU2f(client));
  const cbor::Map request = With(Registration(client), 5, cbor::Array{Descriptor(made.handle)});
  TRY(client.Refuses(kMakeCredential, request, {kCredentialExcluded}));
  TRY(Register(client));
  return {};
}

Outcome EndsUnderAlwaysUv(Client& client) {
  const U2fCredential made = TRY(RegisterU2f(client));
  TRY(Configure(client, kToggleAlwaysUv));
  TRY(Check(!client.KeyInfo().HasVersion("U2F_V2"), "U2F_V2 is still listed under alwaysUv"));
  TRY(Expect(client, RegisterApdu(), kSwNotAllowed));
  TRY(Expect(client, AuthenticateApdu(kEnforce, made.handle), kSwNotAllowed));
  return TellsVersion(client);
}

Outcome RefusesApdu(Client& client, ByteView apdu, std::uint16_t status_word) {
  TRY(Expect(client, apdu, status_word));
  return TellsVersion(client);
}

}  // namespace

std::vector<Case> U2fCases() {
  constexpr const char* kRegisterClause = "U2F raw messages 1.2 §4";
  constexpr const char* kAuthenticateClause = "U2F raw messages 1.2 §5";
  constexpr const char* kFraming = "U2F raw messages 1.2 §3";
  const auto refusal = [](std::string id, std::string shows, Bytes apdu, std::uint16_t status) {
    return Case{std::move(id), kFraming, std::move(shows),
                [apdu = std::move(apdu), status](Client& client) {
                  return RefusesApdu(client, apdu, status);
                }};
  };
  std::vector<Case> cases = {
      {"u2f_version", "U2F raw messages 1.2 §6", "VERSION is U2F_V2", TellsVersion},
      {"u2f_register", kRegisterClause, "a registration is signed by the attestation key",
       RegistersU2f},
      {"u2f_authenticate", kAuthenticateClause, "an authentication verifies, its counter grows",
       SignsU2f},
      {"u2f_dont_enforce",
       kAuthenticateClause,
       "control 08 signs without a touch, and says so",
       SignsWithoutTouch,
       Start::kAny,
       {"own"}},
      {"u2f_check_only", kAuthenticateClause, "control 07 tells whose a handle is", ChecksOnly},
      {"u2f_other_app", kAuthenticateClause, "a handle is of its application alone",
       KeepsHandlesToTheirApp},
      {"u2f_touch",
       kRegisterClause,
       "without a touch it is 6985",
       WantsATouch,
       Start::kAny,
       {"own", "hid"}},
      {"u2f_unknown_control", kAuthenticateClause, "an unknown control byte never signs",
       UnknownControlNeverSigns},
      {"u2f_get_assertion",
       "CTAP 2.3 §10.3",
       "a U2F credential serves getAssertion",
       ServesGetAssertion,
       Start::kAny,
       {"2.1", "no is alwaysUv"}},
      {"u2f_excludes",
       "CTAP 2.3 §10.2",
       "a U2F credential counts in an excludeList",
       ExcludesMakeCredential,
       Start::kFresh,
       {"2.1", "no is alwaysUv"}},
      {"u2f_always_uv",
       "CTAP 2.3 §7.2.4",
       "under alwaysUv U2F is 6986 and not listed",
       EndsUnderAlwaysUv,
       Start::kPin,
       {"alwaysUv", "is authnrCfg", "no is uv"},
       true},
      refusal("u2f_unknown_instruction", "an unknown instruction is 6D00", Apdu(0x40, 0, {}),
              kSwNoInstruction),
      refusal("u2f_unknown_class", "an unknown class is 6E00", Apdu(kVersion, 0, {}, 0x70),
              kSwNoClass),
      refusal("u2f_register_63", "REGISTER with 63 bytes is 6700", Apdu(kRegister, 3, Bytes(63, 1)),
              kSwWrongLength),
      refusal("u2f_register_65", "REGISTER with 65 bytes is 6700", Apdu(kRegister, 3, Bytes(65, 1)),
              kSwWrongLength),
      refusal("u2f_authenticate_64", "AUTHENTICATE without a handle is 6700",
              Apdu(kAuthenticate, 3, Bytes(64, 1)), kSwWrongLength),
      refusal("u2f_version_data", "VERSION with data is 6700", Apdu(kVersion, 0, Bytes(1, 1)),
              kSwWrongLength),
  };
  for (Case& each : cases) each.needs.emplace_back("U2F_V2");
  return cases;
}

}  // namespace keyrig::conformance
