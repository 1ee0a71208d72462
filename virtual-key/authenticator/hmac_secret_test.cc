#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

/// The extension speaks a protocol of its own; nothing ties it to the token's.
class HmacSecretTest : public AuthenticatorTest, public testing::WithParamInterface<int> {
 protected:
  int Protocol() const { return GetParam(); }

  Bytes MadeWithSecret() {
    return IdOf(Send(Register().With(0x06, cbor::Map{{"hmac-secret", true}})));
  }
  cbor::Map Input(const PlatformSecret& secret, const Bytes& salts) const {
    const Bytes salt_enc = secret.Encrypt(salts);
    return {{0x01, secret.KeyAgreement()},
            {0x02, salt_enc},
            {0x03, secret.Authenticate(salt_enc)},
            {0x04, Protocol()}};
  }
  static Request With(const Request& request, cbor::Map input) {
    return request.With(0x04, cbor::Map{{"hmac-secret", std::move(input)}});
  }
  static Bytes OutputOf(const Reply& reply, const PlatformSecret& secret) {
    const auto extensions = ParseAuthData(reply.At(0x02)).extensions;
    const cbor::Value* output = extensions.Find("hmac-secret");
    return output == nullptr ? Bytes() : secret.Decrypt(*output->AsBytes());
  }
  Bytes Evaluate(const Bytes& id, const Bytes& salts, std::optional<Token> token = std::nullopt) {
    const auto secret = Agree(Protocol());
    Request request = With(SignIn({id}), Input(secret, salts));
    if (token) request = Authorize(request, *token);
    return OutputOf(Send(request), secret);
  }
};

/// hmac-secret-mc: the secret at once when the credential is made.
class HmacSecretMcTest : public HmacSecretTest {
 protected:
  HmacSecretMcTest() { config_.has_hmac_secret_mc = true; }
  Request Making(const PlatformSecret& secret, const Bytes& salts, const Request& request) const {
    return request.With(0x06,
                        cbor::Map{{"hmac-secret", true}, {"hmac-secret-mc", Input(secret, salts)}});
  }
  static Bytes McOutputOf(const Reply& reply, const PlatformSecret& secret) {
    const auto extensions = ParseAuthData(reply.At(0x02)).extensions;
    const cbor::Value* output = extensions.Find("hmac-secret-mc");
    return output == nullptr ? Bytes() : secret.Decrypt(*output->AsBytes());
  }
};

INSTANTIATE_TEST_SUITE_P(Protocol, HmacSecretMcTest, testing::Values(1, 2));

TEST_P(HmacSecretMcTest, GivesWhatAnAssertionWillGive) {
  for (const bool discoverable : {false, true}) {
    const auto secret = Agree(Protocol());
    const Bytes salts = Concat({Bytes(32, 1), Bytes(32, 2)});
    const Request request = Register().With(0x07, cbor::Map{{"rk", discoverable}});
    const Reply made = Send(Making(secret, salts, request));
    ASSERT_EQ(made.status, Status::kOk);
    EXPECT_EQ(*ParseAuthData(made.At(0x02)).extensions.Find("hmac-secret"), cbor::Value(true));
    const Bytes output = McOutputOf(made, secret);
    EXPECT_EQ(output.size(), 64U);
    EXPECT_EQ(Evaluate(IdOf(made), salts), output);
  }
}

TEST_P(HmacSecretMcTest, UserVerificationSelectsTheSecret) {
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  const auto secret = Agree(Protocol());
  const Reply made = Send(
      Authorize(Making(secret, Bytes(32, 1), Register()), GetToken("1234", 0x01, "example.com")));
  const Bytes output = McOutputOf(made, secret);
  EXPECT_EQ(output.size(), 32U);
  EXPECT_NE(Evaluate(IdOf(made), Bytes(32, 1)), output);
  EXPECT_EQ(Evaluate(IdOf(made), Bytes(32, 1), GetToken("1234", 0x02, "example.com")), output);
}

TEST_P(HmacSecretMcTest, NeedsHmacSecretBesideIt) {
  const auto secret = Agree(Protocol());
  for (const bool wanted : {false, true}) {
    cbor::Map inputs = {{"hmac-secret", wanted}, {"hmac-secret-mc", Input(secret, Bytes(32, 1))}};
    EXPECT_EQ(Send(Register().With(0x06, inputs)).status,
              wanted ? Status::kOk : Status::kMissingParameter);
  }
  EXPECT_EQ(Send(Register().With(0x06, cbor::Map{{"hmac-secret-mc", Input(secret, Bytes(32, 1))}}))
                .status,
            Status::kMissingParameter);
}

TEST_P(HmacSecretMcTest, WhatIsWrongWithTheSaltsMakesNoCredential) {
  const auto secret = Agree(Protocol());
  const Request request = RegisterDiscoverable("example.com", "adele");
  EXPECT_EQ(Send(Making(secret, Bytes(16), request)).status, Status::kInvalidParameter);
  cbor::Map forged = Input(secret, Bytes(32));
  forged[2].second = Bytes(32, 0xEE);
  EXPECT_EQ(Send(request.With(
                     0x06, cbor::Map{{"hmac-secret", true}, {"hmac-secret-mc", std::move(forged)}}))
                .status,
            Status::kPinAuthInvalid);
  EXPECT_TRUE(store_.Credentials().empty());
  EXPECT_EQ(Send(Making(secret, Bytes(32), request)).status, Status::kOk);
  EXPECT_EQ(store_.Credentials().size(), 1U);
}

TEST_P(HmacSecretMcTest, AKeyWithoutItIgnoresIt) {
  config_.has_hmac_secret_mc = false;
  const auto secret = Agree(Protocol());
  const Reply made = Send(Making(secret, Bytes(32), Register()));
  EXPECT_EQ(cbor::Diagnose(ParseAuthData(made.At(0x02)).extensions), "{\"hmac-secret\": true}");
}

INSTANTIATE_TEST_SUITE_P(Protocol, HmacSecretTest, testing::Values(1, 2));

TEST_P(HmacSecretTest, TheSameSaltGivesTheSameSecret) {
  const Bytes id = MadeWithSecret();
  const Bytes one = Evaluate(id, Bytes(32, 1));
  EXPECT_EQ(one.size(), 32U);
  EXPECT_EQ(Evaluate(id, Bytes(32, 1)), one);
  EXPECT_NE(Evaluate(id, Bytes(32, 2)), one);
  const Bytes two = Evaluate(id, Concat({Bytes(32, 1), Bytes(32, 2)}));
  EXPECT_EQ(two, Concat({one, Evaluate(id, Bytes(32, 2))}));
  EXPECT_NE(Evaluate(MadeWithSecret(), Bytes(32, 1)), one) << "each credential has its own";
}

TEST_P(HmacSecretTest, DiscoverableCredentialsHaveTheirsToo) {
  const Bytes id = IdOf(Send(RegisterDiscoverable("example.com", "adele")));
  EXPECT_EQ(Evaluate(id, Bytes(32, 1)).size(), 32U);
  ReplaceKey();
  EXPECT_EQ(Evaluate(id, Bytes(32, 1)), Evaluate(id, Bytes(32, 1)));
}

TEST_P(HmacSecretTest, UserVerificationSelectsAnotherSecret) {
  const Bytes id = MadeWithSecret();
  const Bytes without = Evaluate(id, Bytes(32, 1));
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  const Bytes with = Evaluate(id, Bytes(32, 1), GetToken("1234", 0x02, "example.com"));
  EXPECT_EQ(with.size(), 32U);
  EXPECT_NE(with, without);
}

TEST_P(HmacSecretTest, RefusesASilentAssertion) {
  const Bytes id = MadeWithSecret();
  const auto secret = Agree(Protocol());
  const Request silent = SignIn({id}).With(0x05, cbor::Map{{"up", false}});
  EXPECT_EQ(Send(With(silent, Input(secret, Bytes(32)))).status, Status::kUnsupportedOption);
}

TEST_P(HmacSecretTest, RefusesSaltsOfAnotherLength) {
  const Bytes id = MadeWithSecret();
  for (const std::size_t size : {16U, 48U, 96U}) {
    const auto secret = Agree(Protocol());
    EXPECT_EQ(Send(With(SignIn({id}), Input(secret, Bytes(size)))).status,
              Status::kInvalidParameter)
        << size;
  }
}

TEST_P(HmacSecretTest, RefusesAWrongCode) {
  const Bytes id = MadeWithSecret();
  const auto secret = Agree(Protocol());
  cbor::Map input = Input(secret, Bytes(32));
  input[2].second = Bytes(Protocol() == 1 ? 16 : 32);
  EXPECT_EQ(Send(With(SignIn({id}), input)).status, Status::kPinAuthInvalid);
}

TEST_P(HmacSecretTest, NeedsItsMembersInTheirTypes) {
  const Bytes id = MadeWithSecret();
  const auto secret = Agree(Protocol());
  const cbor::Map whole = Input(secret, Bytes(32));
  for (std::size_t member = 0; member < 3; ++member) {
    cbor::Map lacking = whole;
    lacking.erase(lacking.begin() + static_cast<std::ptrdiff_t>(member));
    EXPECT_EQ(Send(With(SignIn({id}), lacking)).status, Status::kMissingParameter) << member;
    cbor::Map mistyped = whole;
    mistyped[member].second = true;
    EXPECT_EQ(Send(With(SignIn({id}), mistyped)).status, Status::kCborUnexpectedType) << member;
  }
  cbor::Map unknown = whole;
  unknown[3].second = 3;
  EXPECT_EQ(Send(With(SignIn({id}), unknown)).status, Status::kInvalidParameter);
  EXPECT_EQ(Send(SignIn({id}).With(0x04, cbor::Map{{"hmac-secret", true}})).status,
            Status::kCborUnexpectedType);
}

TEST_P(HmacSecretTest, EachNextAssertionHasTheSecretOfItsCredential) {
  const Bytes adele = IdOf(Send(RegisterDiscoverable("example.com", "adele")));
  const Bytes bob = IdOf(Send(RegisterDiscoverable("example.com", "bob")));
  const auto secret = Agree(Protocol());
  const Bytes first = OutputOf(Send(With(SignIn(), Input(secret, Bytes(32, 1)))), secret);
  const Bytes second = OutputOf(SendRaw(Bytes{0x08}), secret);
  EXPECT_EQ(first, Evaluate(bob, Bytes(32, 1)));
  EXPECT_EQ(second, Evaluate(adele, Bytes(32, 1)));
}

TEST_F(AuthenticatorTest, HmacSecretWithoutProtocolMeansProtocolOne) {
  const Bytes id = IdOf(Send(Register().With(0x06, cbor::Map{{"hmac-secret", true}})));
  const auto secret = Agree(1);
  const Bytes salt_enc = secret.Encrypt(Bytes(32));
  const cbor::Map input = {
      {0x01, secret.KeyAgreement()}, {0x02, salt_enc}, {0x03, secret.Authenticate(salt_enc)}};
  EXPECT_EQ(Send(SignIn({id}).With(0x04, cbor::Map{{"hmac-secret", input}})).status, Status::kOk);
}

TEST_F(AuthenticatorTest, AKeyWithoutHmacSecretIgnoresIt) {
  config_.has_hmac_secret = false;
  const Bytes id = IdOf(Send(Register().With(0x06, cbor::Map{{"hmac-secret", 1}})));
  const Reply reply = Send(SignIn({id}).With(0x04, cbor::Map{{"hmac-secret", 1}}));
  ASSERT_EQ(reply.status, Status::kOk);
  EXPECT_EQ(ParseAuthData(reply.At(0x02)).flags & kEd, 0);
}

}  // namespace
}  // namespace keyrig::authenticator
