#include "virtual-key/authenticator/authenticator_fixture.h"

#include <algorithm>
#include <map>
#include <utility>

namespace keyrig::authenticator {
namespace {

Bytes PinHash(std::string_view pin) {
  const auto digest = crypto::Sha256(ViewOf(pin));
  return ToBytes(ByteView(digest).first(16));
}

Bytes PaddedPin(std::string_view pin) {
  Bytes padded = ToBytes(pin);
  padded.resize(std::max<std::size_t>(64, padded.size()));
  return padded;
}

Bytes TruncatedMac(int protocol, ByteView key, ByteView message) {
  const auto mac = crypto::HmacSha256(key, message);
  return ToBytes(ByteView(mac).first(protocol == 1 ? 16 : 32));
}

}  // namespace

void PrintTo(Status status, std::ostream* out) { *out << Name(status); }

GestureOutcome ScriptedGesture::Await(const GesturePrompt& prompt, std::stop_token stop) {
  asked.push_back(prompt.purpose);
  if (stop.stop_requested()) return GestureOutcome::kCancelled;
  const bool too_short = outcome == GestureOutcome::kTouched && holds < prompt.hold;
  const GestureOutcome result = too_short ? GestureOutcome::kTimedOut : outcome;
  if (result == GestureOutcome::kTimedOut) clock_.Advance(prompt.timeout);
  return result;
}

FingerPresented ScriptedGesture::AwaitFinger(const GesturePrompt& prompt, std::stop_token stop) {
  FingerPresented next{
      .outcome = Await(prompt, std::move(stop)), .finger = finger, .sample = sample};
  if (next.outcome == GestureOutcome::kTouched && !fingers.empty()) {
    next = fingers.front();
    fingers.pop_front();
  }
  return next;
}

Result<void, Error> WatchedStore::CheckRoom() const {
  if (is_full) return Fail("the disk is full");
  return {};
}

Result<void, Error> WatchedStore::Save(const DeviceState& state) {
  TRY(CheckRoom());
  pin_retries_saved.push_back(state.pin_retries);
  return held_.Save(state);
}

Result<void, Error> WatchedStore::Put(const StoredCredential& credential) {
  TRY(CheckRoom());
  return held_.Put(credential);
}

Result<void, Error> WatchedStore::Replace(const CredentialId& replaced,
                                          const StoredCredential& credential) {
  TRY(CheckRoom());
  return held_.Replace(replaced, credential);
}

Result<void, Error> WatchedStore::Remove(const CredentialId& id) {
  TRY(CheckRoom());
  return held_.Remove(id);
}

Result<void, Error> WatchedStore::Clear(const DeviceState& fresh) {
  TRY(CheckRoom());
  return held_.Clear(fresh);
}

Request Request::With(int key, cbor::Value value) const {
  Request changed = Without(key);
  changed.members.emplace_back(key, std::move(value));
  return changed;
}

Request Request::Without(int key) const {
  Request changed = *this;
  std::erase_if(changed.members, [&](const auto& member) { return member.first.AsInt() == key; });
  return changed;
}

Bytes Request::Message() const { return Concat({ByteArray<1>{command}, cbor::Encode(members)}); }

const cbor::Value& Reply::At(int key) const {
  static const cbor::Value absent;
  const cbor::Value* member = body.Find(key);
  return member == nullptr ? absent : *member;
}

PlatformSecret::PlatformSecret(int protocol, const cbor::Value& authenticator_key,
                               RandomStream& stream)
    : protocol_(protocol) {
  const auto own = crypto::PrivateKey::Generate(CoseAlgorithm::kEs256, stream);
  const auto point = own.Public().Ec().value();
  cose_key_ = cbor::Map{{1, 2}, {3, -25}, {-1, 1}, {-2, point.x}, {-3, point.y}};
  const auto peer = crypto::PublicKey::From(
      crypto::EcPoint{crypto::Curve::kP256, *authenticator_key.Find(-2)->AsBytes(),
                      *authenticator_key.Find(-3)->AsBytes()});
  const Bytes z = own.Ecdh(peer.value()).value();
  if (protocol == 1) {
    hmac_key_ = aes_key_ = ToBytes(crypto::Sha256(z));
  } else {
    hmac_key_ = crypto::HkdfSha256(z, Bytes(32), ViewOf("CTAP2 HMAC key"), 32);
    aes_key_ = crypto::HkdfSha256(z, Bytes(32), ViewOf("CTAP2 AES key"), 32);
  }
}

Bytes PlatformSecret::Encrypt(ByteView data) const {
  if (protocol_ == 1) return crypto::Aes256CbcEncrypt(aes_key_, Bytes(16), data).value();
  const Bytes iv(16, 0x49);
  return Concat({iv, crypto::Aes256CbcEncrypt(aes_key_, iv, data).value()});
}

Bytes PlatformSecret::Decrypt(ByteView data) const {
  if (protocol_ == 1) return crypto::Aes256CbcDecrypt(aes_key_, Bytes(16), data).value();
  return crypto::Aes256CbcDecrypt(aes_key_, data.first(16), data.subspan(16)).value();
}

Bytes PlatformSecret::Authenticate(ByteView message) const {
  return TruncatedMac(protocol_, hmac_key_, message);
}

Bytes AuthenticateWithToken(int protocol, ByteView token, ByteView message) {
  return TruncatedMac(protocol, token, message);
}

ParsedAuthData ParseAuthData(const cbor::Value& auth_data) {
  ParsedAuthData parsed;
  const Bytes* bytes = auth_data.AsBytes();
  if (bytes == nullptr || bytes->size() < 37) {
    ADD_FAILURE() << "no authenticator data";
    return parsed;
  }
  ByteView rest = *bytes;
  parsed.rp_id_hash = ToBytes(rest.first(32));
  parsed.flags = rest[32];
  parsed.counter = ReadBigEndian32(rest.subspan<33, 4>());
  rest = rest.subspan(37);
  if ((parsed.flags & kAt) != 0) {
    parsed.aaguid = ToBytes(rest.first(16));
    const std::size_t id_size = ReadBigEndian16(rest.subspan<16, 2>());
    parsed.credential_id = ToBytes(rest.subspan(18, id_size));
    auto key = cbor::DecodePrefix(rest.subspan(18 + id_size)).value();
    parsed.public_key = std::move(key.value);
    rest = rest.subspan(18 + id_size + key.size);
  }
  if ((parsed.flags & kEd) != 0) {
    parsed.extensions = cbor::Decode(rest).value();
  } else {
    EXPECT_TRUE(rest.empty()) << "bytes after authenticator data without the ED flag";
  }
  return parsed;
}

bool VerifiesWith(const cbor::Value& cose_key, ByteView data, const cbor::Value& signature) {
  const auto algorithm = static_cast<CoseAlgorithm>(cose_key.Find(3)->AsInt().value());
  const auto bytes = [&](int label) { return *cose_key.Find(label)->AsBytes(); };
  const auto key = [&]() -> Result<crypto::PublicKey, Error> {
    switch (cose_key.Find(1)->AsInt().value()) {
      case 1: {
        const bool is_25519 = cose_key.Find(-1)->AsInt() == 6;
        return crypto::PublicKey::From(crypto::EdwardsPoint{
            is_25519 ? crypto::EdwardsCurve::kEd25519 : crypto::EdwardsCurve::kEd448, bytes(-2)});
      }
      case 2: {
        using enum crypto::Curve;
        const std::map<std::int64_t, crypto::Curve> curves = {
            {1, kP256}, {2, kP384}, {3, kP521}, {8, kSecp256k1}};
        return crypto::PublicKey::From(
            crypto::EcPoint{curves.at(cose_key.Find(-1)->AsInt().value()), bytes(-2), bytes(-3)});
      }
      case 3:
        return crypto::PublicKey::From(crypto::RsaNumbers{bytes(-1), bytes(-2)});
      default: {
        using enum CoseAlgorithm;
        const std::map<CoseAlgorithm, crypto::MlDsaSet> sets = {{kMlDsa44, crypto::MlDsaSet::k44},
                                                                {kMlDsa65, crypto::MlDsaSet::k65},
                                                                {kMlDsa87, crypto::MlDsaSet::k87}};
        return crypto::PublicKey::From(crypto::MlDsaKey{sets.at(algorithm), bytes(-1)});
      }
    }
  }();
  return key && signature.AsBytes() && key->Verify(algorithm, data, *signature.AsBytes());
}

Authenticator& AuthenticatorTest::Key() {
  if (!key_) ReplaceKey();
  return *key_;
}

void AuthenticatorTest::ReplaceKey() {
  key_ =
      std::make_unique<Authenticator>(config_, Environment{clock_, rng_, user_, store_, events_});
}

Reply AuthenticatorTest::Send(const Request& request, const Transaction& transaction) {
  return SendRaw(request.Message(), transaction);
}

Reply AuthenticatorTest::SendRaw(ByteView message, const Transaction& transaction) {
  const Bytes reply = Key().Process(message, transaction);
  if (reply.empty()) {
    ADD_FAILURE() << "an empty reply";
    return {Status::kOther, {}};
  }
  const auto status = static_cast<Status>(reply[0]);
  EXPECT_TRUE(status == Status::kOk || reply.size() == 1) << "an error has no body";
  if (reply.size() == 1) return {status, {}};
  auto body = cbor::Decode(ByteView(reply).subspan(1));
  EXPECT_TRUE(body) << "the body is not canonical CBOR";
  return {status, body.value_or(cbor::Value())};
}

Request AuthenticatorTest::Register() const {
  return {0x01,
          {{0x01, client_data_hash_},
           {0x02, cbor::Map{{"id", "example.com"}, {"name", "Example"}}},
           {0x03, cbor::Map{{"id", ToBytes("adele")},
                            {"name", "adele@example.com"},
                            {"displayName", "Adele Vance"}}},
           {0x04, cbor::Array{cbor::Map{{"alg", -7}, {"type", "public-key"}}}}}};
}

Request AuthenticatorTest::RegisterDiscoverable(std::string_view rp, std::string_view user) const {
  return Register()
      .With(0x02, cbor::Map{{"id", std::string(rp)}})
      .With(0x03, cbor::Map{{"id", ToBytes(user)}, {"name", std::string(user)}})
      .With(0x07, cbor::Map{{"rk", true}});
}

Request AuthenticatorTest::SignIn(const std::vector<Bytes>& credential_ids) const {
  Request request{0x02, {{0x01, "example.com"}, {0x02, client_data_hash_}}};
  if (credential_ids.empty()) return request;
  cbor::Array allowed;
  for (const Bytes& id : credential_ids) {
    allowed.emplace_back(cbor::Map{{"id", id}, {"type", "public-key"}});
  }
  return request.With(0x03, std::move(allowed));
}

Request AuthenticatorTest::ClientPin(int sub_command) const {
  return {0x06, {{0x02, sub_command}}};
}

Bytes AuthenticatorTest::IdOf(const Reply& registered) const {
  EXPECT_EQ(registered.status, Status::kOk);
  return ParseAuthData(registered.At(0x02)).credential_id;
}

PlatformSecret AuthenticatorTest::Agree(int protocol) {
  const Reply reply = Send(ClientPin(0x02).With(0x01, protocol));
  EXPECT_EQ(reply.status, Status::kOk);
  return {protocol, reply.At(0x01), platform_stream_};
}

Status AuthenticatorTest::SetPin(std::string_view pin, int protocol) {
  return SetPaddedPin(PaddedPin(pin), protocol);
}

Status AuthenticatorTest::SetPaddedPin(ByteView padded, int protocol) {
  const auto secret = Agree(protocol);
  const Bytes new_pin_enc = secret.Encrypt(padded);
  return Send(ClientPin(0x03)
                  .With(0x01, protocol)
                  .With(0x03, secret.KeyAgreement())
                  .With(0x04, secret.Authenticate(new_pin_enc))
                  .With(0x05, new_pin_enc))
      .status;
}

Status AuthenticatorTest::ChangePin(std::string_view from, std::string_view to, int protocol) {
  const auto secret = Agree(protocol);
  const Bytes new_pin_enc = secret.Encrypt(PaddedPin(to));
  const Bytes pin_hash_enc = secret.Encrypt(PinHash(from));
  return Send(ClientPin(0x04)
                  .With(0x01, protocol)
                  .With(0x03, secret.KeyAgreement())
                  .With(0x04, secret.Authenticate(Concat({new_pin_enc, pin_hash_enc})))
                  .With(0x05, new_pin_enc)
                  .With(0x06, pin_hash_enc))
      .status;
}

AuthenticatorTest::Token AuthenticatorTest::GetToken(std::string_view pin, int permissions,
                                                     std::optional<std::string> rp_id,
                                                     int protocol) {
  Request request = ClientPin(0x09).With(0x09, permissions);
  if (rp_id) request = request.With(0x0A, *rp_id);
  return Issue(std::move(request), pin, protocol);
}

AuthenticatorTest::Token AuthenticatorTest::GetLegacyToken(std::string_view pin, int protocol) {
  return Issue(ClientPin(0x05), pin, protocol);
}

AuthenticatorTest::Token AuthenticatorTest::Issue(Request request, std::string_view pin,
                                                  int protocol) {
  const auto secret = Agree(protocol);
  const Reply reply = Send(request.With(0x01, protocol)
                               .With(0x03, secret.KeyAgreement())
                               .With(0x06, secret.Encrypt(PinHash(pin))));
  const Bytes* encrypted = reply.At(0x02).AsBytes();
  return {reply.status, protocol, encrypted == nullptr ? Bytes() : secret.Decrypt(*encrypted)};
}

AuthenticatorTest::Token AuthenticatorTest::GetTokenByFinger(int permissions,
                                                             std::optional<std::string> rp_id,
                                                             int protocol) {
  const auto secret = Agree(protocol);
  Request request = ClientPin(0x06).With(0x09, permissions).With(0x01, protocol);
  if (rp_id) request = request.With(0x0A, *rp_id);
  const Reply reply = Send(request.With(0x03, secret.KeyAgreement()));
  const Bytes* encrypted = reply.At(0x02).AsBytes();
  return {reply.status, protocol, encrypted == nullptr ? Bytes() : secret.Decrypt(*encrypted)};
}

Request AuthenticatorTest::Authorize(const Request& request, const Token& token) const {
  const bool registers = request.command == 0x01;
  return request
      .With(registers ? 0x08 : 0x06,
            AuthenticateWithToken(token.protocol, token.value, client_data_hash_))
      .With(registers ? 0x09 : 0x07, token.protocol);
}

int AuthenticatorTest::PinRetries() {
  return static_cast<int>(Send(ClientPin(0x01)).At(0x03).AsUnsigned().value_or(0));
}

Request AuthenticatorTest::Manage(int sub_command, const std::optional<cbor::Map>& params,
                                  const Token& token) const {
  Request request{0x0A, {{0x01, sub_command}}};
  Bytes message = {static_cast<std::uint8_t>(sub_command)};
  if (params) {
    request = request.With(0x02, *params);
    Append(message, cbor::Encode(*params));
  }
  return request.With(0x03, token.protocol)
      .With(0x04, AuthenticateWithToken(token.protocol, token.value, message));
}

Request AuthenticatorTest::Bio(int sub_command, const std::optional<cbor::Map>& params,
                               const Token& token) const {
  Request request{0x09, {{0x01, 1}, {0x02, sub_command}}};
  Bytes message = {1, static_cast<std::uint8_t>(sub_command)};
  if (params) {
    request = request.With(0x03, *params);
    Append(message, cbor::Encode(*params));
  }
  return request.With(0x04, token.protocol)
      .With(0x05, AuthenticateWithToken(token.protocol, token.value, message));
}

Request AuthenticatorTest::Configure(int sub_command,
                                     const std::optional<cbor::Map>& params) const {
  const Request request{0x0D, {{0x01, sub_command}}};
  return params ? request.With(0x02, *params) : request;
}

Request AuthenticatorTest::Configure(int sub_command, const std::optional<cbor::Map>& params,
                                     const Token& token) const {
  Bytes message(32, 0xFF);
  Append(message, Bytes{0x0D, static_cast<std::uint8_t>(sub_command)});
  if (params) Append(message, cbor::Encode(*params));
  return Configure(sub_command, params)
      .With(0x03, token.protocol)
      .With(0x04, AuthenticateWithToken(token.protocol, token.value, message));
}

Bytes AuthenticatorTest::EnrollWithPin(const std::string& finger) {
  config_.fingerprint.emplace();
  EXPECT_EQ(SetPin("1234"), Status::kOk);
  const Token token = GetToken("1234", 0x08, std::nullopt);
  const std::string usual = std::exchange(user_.finger, finger);
  const Reply begun = Send(Bio(0x01, cbor::Map{}, token));
  const Bytes* id = begun.At(0x04).AsBytes();
  if (id == nullptr) {
    ADD_FAILURE() << "the enrollment does not begin";
    return {};
  }
  const Bytes template_id = *id;
  for (int sample = 1; sample < 3; ++sample) {
    EXPECT_EQ(Send(Bio(0x02, cbor::Map{{0x01, template_id}}, token)).At(0x06),
              cbor::Value(2 - sample));
  }
  user_.finger = usual;
  user_.asked.clear();
  return template_id;
}

}  // namespace keyrig::authenticator
