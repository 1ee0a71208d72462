#include "harness/conformance/credentials.h"

#include <fmt/format.h>

#include "harness/conformance/pin.h"

namespace keyrig::conformance {
namespace {

constexpr int kMcOptions = 7;
constexpr int kMcParam = 8;
constexpr int kGaParam = 6;

Outcome CheckFlags(const AuthenticatorData& data, const std::string& rp) {
  const auto hash = crypto::Sha256(ViewOf(rp));
  if (!Equal(data.rp_id_hash, hash)) return Failed("authData has the hash of another RP ID");
  constexpr std::uint8_t kBackupEligible = 0x08;
  constexpr std::uint8_t kBackedUp = 0x10;
  if ((data.flags & kBackedUp) != 0 && (data.flags & kBackupEligible) == 0) {
    return Failed("authData says backed up (BS) but not backup eligible (BE)");
  }
  if ((data.flags & 0x22) != 0) {
    return Failed(fmt::format("authData sets reserved flags: 0x{:02x}", data.flags));
  }
  return {};
}

OrStop<crypto::PublicKey> PublicKeyOf(const cbor::Value& key) {
  const auto type = At(key, 1).AsInt().value_or(0);
  const auto curve = At(key, -1).AsInt().value_or(0);
  const Bytes* x = At(key, -2).AsBytes();
  const Bytes* y = At(key, -3).AsBytes();
  if (type == 2 && x != nullptr && y != nullptr) {
    const auto known = curve == 1   ? crypto::Curve::kP256
                       : curve == 2 ? crypto::Curve::kP384
                       : curve == 3 ? crypto::Curve::kP521
                                    : crypto::Curve::kSecp256k1;
    return FromBench(crypto::PublicKey::From(crypto::EcPoint{known, *x, *y}));
  }
  if (type == 1 && x != nullptr) {
    const auto known = curve == 7 ? crypto::EdwardsCurve::kEd448 : crypto::EdwardsCurve::kEd25519;
    return FromBench(crypto::PublicKey::From(crypto::EdwardsPoint{known, *x}));
  }
  const Bytes* first = At(key, -1).AsBytes();
  if (type == 3 && first != nullptr && x != nullptr) {
    return FromBench(crypto::PublicKey::From(crypto::RsaNumbers{*first, *x}));
  }
  if (type == 7 && first != nullptr) {
    const auto algorithm = At(key, 3).AsInt().value_or(0);
    const auto set = algorithm == -48   ? crypto::MlDsaSet::k44
                     : algorithm == -49 ? crypto::MlDsaSet::k65
                                        : crypto::MlDsaSet::k87;
    return FromBench(crypto::PublicKey::From(crypto::MlDsaKey{set, *first}));
  }
  return Failed("the credential's key is no COSE key: " + cbor::Diagnose(key));
}

}  // namespace

OrStop<AuthenticatorData> ReadAuthenticatorData(const cbor::Value& value) {
  const Bytes* bytes = value.AsBytes();
  constexpr std::size_t kHead = 37;
  if (bytes == nullptr || bytes->size() < kHead) {
    return Failed("authData is no byte string of at least 37 bytes");
  }
  AuthenticatorData data;
  data.raw = *bytes;
  const ByteView all(*bytes);
  data.rp_id_hash = ToBytes(all.first(32));
  data.flags = all[32];
  data.counter = ReadBigEndian32(all.subspan<33, 4>());
  ByteView rest = all.subspan(kHead);
  if ((data.flags & kFlagAt) != 0) {
    if (rest.size() < 18) return Failed("authData ends within the attested credential data");
    data.aaguid = ToBytes(rest.first(16));
    const std::size_t size = ReadBigEndian16(rest.subspan<16, 2>());
    rest = rest.subspan(18);
    if (rest.size() < size) return Failed("authData ends within the credential ID");
    data.credential_id = ToBytes(rest.first(size));
    rest = rest.subspan(size);
    auto key = cbor::DecodePrefix(rest);
    if (!key) return Failed("the credential's key in authData is no canonical CBOR");
    rest = rest.subspan(key->size);
    data.key = std::move(key->value);
  }
  if ((data.flags & kFlagEd) != 0) {
    auto extensions = cbor::DecodePrefix(rest);
    if (!extensions) return Failed("the extensions in authData are no canonical CBOR");
    rest = rest.subspan(extensions->size);
    data.extensions = std::move(extensions->value);
    const cbor::Map* map = data.extensions.AsMap();
    if (map == nullptr || map->empty()) {
      return Failed("authData sets ED although its extensions are " +
                    cbor::Diagnose(data.extensions));
    }
  }
  if (!rest.empty()) return Failed(fmt::format("authData has {} bytes too many", rest.size()));
  return data;
}

cbor::Value Made::Descriptor() const { return conformance::Descriptor(Id()); }

const Bytes& ClientDataHash() {
  static const Bytes hash = ToBytes(ByteView(crypto::Sha256(ViewOf("client data"))));
  return hash;
}

cbor::Map Descriptor(ByteView id) { return {{"id", ToBytes(id)}, {"type", "public-key"}}; }

cbor::Map Algorithm(int number) { return {{"alg", number}, {"type", "public-key"}}; }

cbor::Map Registration(const Client& client, const std::string& rp, const std::string& user) {
  // An elliptic curve where there is one: RSA keys take long to make.
  const int algorithm =
      client.KeyInfo().HasAlgorithm(-7) ? -7 : client.KeyInfo().Algorithms().front();
  return {{1, ClientDataHash()},
          {2, cbor::Map{{"id", rp}, {"name", "keyrig conformance"}}},
          {3, cbor::Map{{"id", ToBytes("handle of " + user)},
                        {"name", user + "@" + rp},
                        {"displayName", user}}},
          {4, cbor::Array{Algorithm(algorithm)}}};
}

cbor::Map Assertion(const std::string& rp) { return {{1, rp}, {2, ClientDataHash()}}; }

cbor::Map Allowing(cbor::Map request, std::initializer_list<ByteView> ids) {
  cbor::Array list;
  for (const ByteView id : ids) list.emplace_back(Descriptor(id));
  return With(std::move(request), 3, std::move(list));
}

cbor::Map WithOption(cbor::Map request, int options_member, const char* name, cbor::Value value) {
  const cbor::Map* options = At(request, options_member).AsMap();
  cbor::Map more = With(options == nullptr ? cbor::Map() : *options, name, std::move(value));
  return With(std::move(request), options_member, std::move(more));
}

cbor::Map Discoverable(cbor::Map registration) {
  return WithOption(std::move(registration), kMcOptions, "rk", true);
}

cbor::Map WithExtension(cbor::Map request, int extensions_member, const char* name,
                        cbor::Value value) {
  return WithOption(std::move(request), extensions_member, name, std::move(value));
}

cbor::Map RegistrationWith(const Client& client, cbor::Map registration, ByteView token) {
  return Authorized(client, std::move(registration), token, ClientDataHash(), kMcParam);
}

cbor::Map AssertionWith(const Client& client, cbor::Map assertion, ByteView token) {
  return Authorized(client, std::move(assertion), token, ClientDataHash(), kGaParam);
}

OrStop<cbor::Map> ByPin(Client& client, cbor::Map registration) {
  if (!client.Pin()) return registration;
  const std::string rp = *At(At(registration, 2), "id").AsText();
  const Bytes token = TRY(Token(client, kMc, rp));
  return RegistrationWith(client, std::move(registration), token);
}

OrStop<cbor::Map> AssertionByPin(Client& client, cbor::Map assertion) {
  if (!client.Pin()) return assertion;
  const std::string rp = *At(assertion, 1).AsText();
  const Bytes token = TRY(Token(client, kGa, rp));
  return AssertionWith(client, std::move(assertion), token);
}

OrStop<Made> Make(Client& client, const cbor::Map& registration) {
  const Reply reply = TRY(client.Send(kMakeCredential, registration));
  if (reply.status != kOk) {
    return Failed(
        fmt::format("authenticatorMakeCredential answered {} instead of OK; it was "
                    "asked {}",
                    Text(reply.status), cbor::Diagnose(registration)));
  }
  Made made;
  made.asked = reply.asked;
  made.answer = reply.body;
  made.rp = *At(At(registration, 2), "id").AsText();
  if (At(reply.body, 1).AsText() == nullptr) return Failed("the answer has no fmt (0x01)");
  made.data = TRY(ReadAuthenticatorData(At(reply.body, 2)));
  TRY(CheckFlags(made.data, made.rp));
  if ((made.data.flags & kFlagAt) == 0) {
    return Failed("makeCredential answered without attested credential data");
  }
  return made;
}

OrStop<Made> Register(Client& client, const cbor::Map& registration) {
  const cbor::Map authorized = TRY(ByPin(client, registration));
  return Make(client, authorized);
}

OrStop<Made> Register(Client& client) { return Register(client, Registration(client)); }

OrStop<Made> RegisterDiscoverable(Client& client, const std::string& rp, const std::string& user) {
  return Register(client, Discoverable(Registration(client, rp, user)));
}

OrStop<Asserted> ReadAssertion(const Reply& reply) {
  if (reply.status != kOk) {
    return Failed(fmt::format("the assertion answered {} instead of OK", Text(reply.status)));
  }
  Asserted asserted;
  asserted.asked = reply.asked;
  asserted.answer = reply.body;
  asserted.data = TRY(ReadAuthenticatorData(At(reply.body, 2)));
  if ((asserted.data.flags & kFlagAt) != 0) {
    return Failed("an assertion's authData sets AT");
  }
  if (At(reply.body, 3).AsBytes() == nullptr) return Failed("the answer has no signature (0x03)");
  if (const Bytes* id = At(At(reply.body, 1), "id").AsBytes()) asserted.credential_id = *id;
  return asserted;
}

OrStop<Asserted> Assert(Client& client, const cbor::Map& assertion) {
  const Reply reply = TRY(client.Send(kGetAssertion, assertion));
  if (reply.status != kOk) {
    return Failed(
        fmt::format("authenticatorGetAssertion answered {} instead of OK; it was asked {}",
                    Text(reply.status), cbor::Diagnose(assertion)));
  }
  auto asserted = TRY(ReadAssertion(reply));
  TRY(CheckFlags(asserted.data, *At(assertion, 1).AsText()));
  return asserted;
}

OrStop<Asserted> NextAssertion(Client& client) {
  return ReadAssertion(TRY(client.Send(kGetNextAssertion)));
}

Outcome VerifyWith(const cbor::Value& cose_key, const AuthenticatorData& data,
                   ByteView client_data_hash, ByteView signature) {
  const auto key = TRY(PublicKeyOf(cose_key));
  const auto algorithm = static_cast<CoseAlgorithm>(At(cose_key, 3).AsInt().value_or(0));
  if (key.Verify(algorithm, Concat({data.raw, client_data_hash}), signature)) return {};
  return Failed(
      fmt::format("the signature does not verify with the credential's {} key", Name(algorithm)));
}

Outcome VerifySignature(const Made& made, const Asserted& asserted) {
  return VerifyWith(made.data.key, asserted.data, ClientDataHash(),
                    *At(asserted.answer, 3).AsBytes());
}

}  // namespace keyrig::conformance
