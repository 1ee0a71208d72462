// What libfido2 sees of each fault.
#include <fido.h>
#include <gmock/gmock.h>

#include <set>

#include "harness/base/certificate.h"
#include "virtual-key/fido2_test_device.h"
#include "virtual-key/hid_client.h"
#include "virtual-key/virtual_key.h"

namespace keyrig::virtual_key {
namespace {

using std::chrono::seconds;

const ByteArray<32> kHash{9, 8, 7};

struct FreedAgain {
  void operator()(fido_cred_t* cred) const { fido_cred_free(&cred); }
  void operator()(fido_assert_t* assertion) const { fido_assert_free(&assertion); }
};
using OwnedCredential = std::unique_ptr<fido_cred_t, FreedAgain>;
using OwnedAssertion = std::unique_ptr<fido_assert_t, FreedAgain>;

/// When the fault is set: before the device is opened, or before this operation.
enum class Stage { kOpen, kRegister, kSignIn, kPin, kReset };

struct Case {
  const char* fault;
  Stage stage;
  int expected;  // of libfido2's call; FIDO_OK where it notices nothing
};

class FaultyKeyTest : public testing::TestWithParam<Case> {
 protected:
  FaultyKeyTest() {
    VirtualKeyOptions options;
    options.gesture = GestureScript::Parse("touch").value();
    options.pin = "123456";
    key_ = MemoryKey::Create(std::move(options), clock_, rng_, events_).value();
  }

  void Set(const std::string& fault) { ASSERT_TRUE(key_->Control().SetFault(fault)); }
  std::vector<std::string> Left() { return key_->Control().State()->faults; }

  OwnedCredential Register(Fido2TestDevice& device, int expected, const char* pin = "123456") {
    OwnedCredential cred(fido_cred_new());
    fido_cred_set_type(cred.get(), COSE_ES256);
    fido_cred_set_clientdata_hash(cred.get(), kHash.data(), kHash.size());
    fido_cred_set_rp(cred.get(), "example.com", "Example");
    fido_cred_set_user(cred.get(), kHash.data(), 16, "adele", "Adele", nullptr);
    fido_cred_set_rk(cred.get(), FIDO_OPT_TRUE);
    EXPECT_EQ(fido_dev_make_cred(device.get(), cred.get(), pin), expected) << fido_strerr(expected);
    return cred;
  }

  OwnedAssertion SignIn(Fido2TestDevice& device, int expected, const char* pin = "123456") {
    OwnedAssertion assertion(fido_assert_new());
    fido_assert_set_rp(assertion.get(), "example.com");
    fido_assert_set_clientdata_hash(assertion.get(), kHash.data(), kHash.size());
    fido_assert_set_up(assertion.get(), FIDO_OPT_TRUE);
    fido_dev_set_timeout(device.get(), 60'000);
    EXPECT_EQ(fido_dev_get_assert(device.get(), assertion.get(), pin), expected)
        << fido_strerr(expected);
    return assertion;
  }

  static int Verify(const OwnedAssertion& assertion, const OwnedCredential& cred) {
    es256_pk_t* key = es256_pk_new();
    es256_pk_from_ptr(key, fido_cred_pubkey_ptr(cred.get()), fido_cred_pubkey_len(cred.get()));
    const int result = fido_assert_verify(assertion.get(), 0, COSE_ES256, key);
    es256_pk_free(&key);
    return result;
  }

  FrozenClock clock_{Instant(seconds(1'700'000'000))};
  Rng rng_{1};
  EventStream events_;
  std::unique_ptr<MemoryKey> key_;
};

TEST_P(FaultyKeyTest, IsSeenByLibfido2) {
  const auto& [fault, stage, expected] = GetParam();
  if (stage == Stage::kOpen) Set(fault);
  Fido2TestDevice device(key_->Open());
  ASSERT_EQ(device.OpenStatus(), stage == Stage::kOpen ? expected : FIDO_OK)
      << fido_strerr(device.OpenStatus());
  if (stage == Stage::kRegister) {
    Set(fault);
    Register(device, expected, nullptr);
  } else if (stage == Stage::kSignIn) {
    Register(device, FIDO_OK);
    Set(fault);
    SignIn(device, expected, nullptr);
  } else if (stage == Stage::kPin) {
    Set(fault);
    Register(device, expected);
  } else if (stage == Stage::kReset) {
    Set(fault);
    EXPECT_EQ(fido_dev_reset(device.get()), expected);
  }
  EXPECT_THAT(Left(), testing::IsEmpty()) << "it was committed";
}

std::string NameOf(const testing::TestParamInfo<Case>& info) {
  std::string name = info.param.fault;
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Wire, FaultyKeyTest,
                         testing::Values(Case{"short_init", Stage::kOpen, FIDO_ERR_RX},
                                         Case{"long_init", Stage::kOpen, FIDO_ERR_RX},
                                         Case{"silence", Stage::kSignIn, FIDO_ERR_RX},
                                         Case{"busy", Stage::kSignIn, FIDO_ERR_RX},
                                         Case{"oversize", Stage::kSignIn, FIDO_ERR_RX},
                                         Case{"drop_packet=1", Stage::kSignIn, FIDO_ERR_RX},
                                         Case{"duplicate_packet=1", Stage::kSignIn, FIDO_ERR_RX},
                                         Case{"swap_packets=1", Stage::kSignIn, FIDO_ERR_RX},
                                         Case{"wrong_sequence=1", Stage::kSignIn, FIDO_ERR_RX},
                                         Case{"foreign_channel=1", Stage::kSignIn, FIDO_ERR_RX},
                                         Case{"unplug=1", Stage::kSignIn, FIDO_ERR_RX},
                                         Case{"delay_packet=1:3s", Stage::kSignIn, FIDO_OK},
                                         Case{"no_keepalive", Stage::kSignIn, FIDO_OK},
                                         Case{"slow=3s", Stage::kSignIn, FIDO_OK}),
                         NameOf);
INSTANTIATE_TEST_SUITE_P(
    Message, FaultyKeyTest,
    testing::Values(Case{"status=getAssertion:0x2E", Stage::kSignIn, FIDO_ERR_NO_CREDENTIALS},
                    Case{"status=any:0x7F", Stage::kSignIn, FIDO_ERR_ERR_OTHER},
                    Case{"truncated_cbor", Stage::kSignIn, FIDO_ERR_RX_NOT_CBOR},
                    Case{"non_canonical_cbor", Stage::kSignIn, FIDO_OK},
                    Case{"extra_member", Stage::kSignIn, FIDO_OK},
                    Case{"missing_member=2", Stage::kSignIn, FIDO_OK},
                    Case{"wrong_type=3", Stage::kSignIn, FIDO_ERR_RX_INVALID_CBOR}),
    NameOf);
INSTANTIATE_TEST_SUITE_P(
    Device, FaultyKeyTest,
    testing::Values(Case{"store_full", Stage::kRegister, FIDO_ERR_KEY_STORE_FULL},
                    Case{"pin_blocked", Stage::kPin, FIDO_ERR_PIN_BLOCKED},
                    Case{"soft_locked", Stage::kPin, FIDO_ERR_PIN_AUTH_BLOCKED},
                    Case{"reset_refused", Stage::kReset, FIDO_ERR_NOT_ALLOWED}),
    NameOf);

// libfido2 waits for keepalives without an end by the real clock, for minutes; a client that counts
// them sees what it would see.
TEST_F(FaultyKeyTest, AStalledKeyIsAliveAndNeverAnswers) {
  Set("stall");
  HidClient client(key_->Open());
  const auto channel = client.OpenChannel();
  client.Send(channel, ctaphid::Command::kCbor, Bytes{0x04});
  for (int i = 0; i < 600; ++i) {
    const auto message = client.Receive(seconds(1));
    ASSERT_TRUE(message);
    ASSERT_EQ(message->command, ctaphid::Command::kKeepalive);
  }
  client.Send(channel, ctaphid::Command::kInit, Bytes(8));
  const auto reset = client.ReceiveAnswer(seconds(1));
  ASSERT_TRUE(reset);
  EXPECT_EQ(reset->command, ctaphid::Command::kInit) << "the channel can be freed again";
}

// What is signed wrongly is found out by whoever verifies it.
class LyingKeyTest : public FaultyKeyTest {
 protected:
  LyingKeyTest() : device_(key_->Open()) {}
  int SignatureAfter(const std::string& fault) {
    const auto cred = Register(device_, FIDO_OK);
    Set(fault);
    return Verify(SignIn(device_, FIDO_OK), cred);
  }
  std::vector<std::uint32_t> CountersWith(const std::string& fault) {
    Register(device_, FIDO_OK);
    std::vector<std::uint32_t> counters;
    for (int i = 0; i < 3; ++i) {
      if (i == 2) Set(fault);
      counters.push_back(fido_assert_sigcount(SignIn(device_, FIDO_OK).get(), 0));
    }
    return counters;
  }
  static Bytes CertificateOf(const OwnedCredential& cred) {
    const auto* bytes = fido_cred_x5c_ptr(cred.get());
    return {bytes, bytes + fido_cred_x5c_len(cred.get())};
  }
  Result<void, Error> ChainAfter(const std::string& fault) {
    Set(fault);
    const auto cred = Register(device_, FIDO_OK);
    EXPECT_EQ(fido_cred_verify(cred.get()), FIDO_OK) << "the signature itself is right";
    return crypto::VerifyChain({crypto::Certificate::FromDer(CertificateOf(cred)).value()},
                               {crypto::Certificate::FromDer(key_->AttestationRoot()).value()},
                               clock_.Now());
  }

  Fido2TestDevice device_;
};

TEST_F(LyingKeyTest, AnHonestOneVerifies) {
  const auto cred = Register(device_, FIDO_OK);
  EXPECT_EQ(fido_cred_verify(cred.get()), FIDO_OK);
  EXPECT_EQ(Verify(SignIn(device_, FIDO_OK), cred), FIDO_OK);
}

TEST_F(LyingKeyTest, ABadSignatureDoesNotVerify) {
  EXPECT_EQ(SignatureAfter("bad_signature"), FIDO_ERR_INVALID_SIG);
  Set("bad_signature");
  EXPECT_EQ(fido_cred_verify(Register(device_, FIDO_OK).get()), FIDO_ERR_INVALID_SIG);
}

TEST_F(LyingKeyTest, AnotherRelyingPartysHashIsRefused) {
  EXPECT_EQ(SignatureAfter("wrong_rp_id_hash"), FIDO_ERR_INVALID_PARAM);
}

TEST_F(LyingKeyTest, MissingFlagsAreRefused) {
  EXPECT_EQ(SignatureAfter("up_off"), FIDO_ERR_INVALID_PARAM);
  Register(device_, FIDO_OK);
  Set("uv_off");
  EXPECT_EQ(fido_assert_flags(SignIn(device_, FIDO_OK).get(), 0) & 0x04, 0);
}

TEST_F(LyingKeyTest, TheCounterStandsOrGoesBack) {
  const auto stuck = CountersWith("counter_stuck");
  EXPECT_EQ(stuck[0] + 1, stuck[1]);
  EXPECT_EQ(stuck[1], stuck[2]);
  const auto back = CountersWith("counter_back");
  EXPECT_GT(back[1], back[2]);
}

TEST_F(LyingKeyTest, CredentialAndUserAreSomebodyElses) {
  const auto cred = Register(device_, FIDO_OK);
  const auto id_of = [](const OwnedAssertion& assertion) {
    const auto* id = fido_assert_id_ptr(assertion.get(), 0);
    return Bytes(id, id + fido_assert_id_len(assertion.get(), 0));
  };
  const Bytes own(fido_cred_id_ptr(cred.get()),
                  fido_cred_id_ptr(cred.get()) + fido_cred_id_len(cred.get()));
  EXPECT_EQ(id_of(SignIn(device_, FIDO_OK)), own);
  Set("wrong_credential_id");
  EXPECT_NE(id_of(SignIn(device_, FIDO_OK)), own);
  Set("foreign_user_handle");
  const auto assertion = SignIn(device_, FIDO_OK);
  const auto* user = fido_assert_user_id_ptr(assertion.get(), 0);
  EXPECT_NE(Bytes(user, user + fido_assert_user_id_len(assertion.get(), 0)),
            Bytes(kHash.begin(), kHash.begin() + 16));
}

TEST_F(LyingKeyTest, TheAttestationIsNotTheModels) {
  EXPECT_FALSE(ChainAfter("expired_attestation"));
  EXPECT_FALSE(ChainAfter("untrusted_attestation"));
  Set("zero_aaguid");
  const auto zero = Register(device_, FIDO_OK);
  EXPECT_EQ(Bytes(fido_cred_aaguid_ptr(zero.get()), fido_cred_aaguid_ptr(zero.get()) + 16),
            Bytes(16));
  const auto aaguid_in = [](const OwnedCredential& cred) {
    return crypto::Certificate::FromDer(CertificateOf(cred))
        ->Extension("1.3.6.1.4.1.45724.1.1.4")
        ->value;
  };
  const Bytes honest = aaguid_in(Register(device_, FIDO_OK));
  EXPECT_TRUE(ChainAfter("aaguid_mismatch"));
  Set("aaguid_mismatch");
  EXPECT_NE(aaguid_in(Register(device_, FIDO_OK)), honest);
}

TEST_F(FaultyKeyTest, EveryKnobIsShownByATest) {
  std::set<std::string> shown = {"stall",
                                 "bad_signature",
                                 "wrong_rp_id_hash",
                                 "up_off",
                                 "uv_off",
                                 "counter_stuck",
                                 "counter_back",
                                 "wrong_credential_id",
                                 "foreign_user_handle",
                                 "expired_attestation",
                                 "untrusted_attestation",
                                 "aaguid_mismatch",
                                 "zero_aaguid"};
  const auto* const unit = testing::UnitTest::GetInstance();
  for (int i = 0; i < unit->total_test_suite_count(); ++i) {
    const auto* const suite = unit->GetTestSuite(i);
    for (int j = 0; j < suite->total_test_count(); ++j) shown.insert(suite->GetTestInfo(j)->name());
  }
  for (const faults::Knob& knob : faults::Catalogue()) {
    const std::string name = knob.name;
    EXPECT_TRUE(std::ranges::any_of(shown, [&](const std::string& test) {
      return test == name || test.find("/" + name) != test.npos;
    })) << name;
  }
}

TEST_F(FaultyKeyTest, AFaultThatIsNoneIsRefusedInWords) {
  const auto refused = key_->Control().SetFault("drop_paket=1");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("did you mean"));
  Set("silence always");
  EXPECT_THAT(Left(), testing::ElementsAre("silence always"));
  ASSERT_TRUE(key_->Control().ClearFaults());
  EXPECT_THAT(Left(), testing::IsEmpty());
}

}  // namespace
}  // namespace keyrig::virtual_key
