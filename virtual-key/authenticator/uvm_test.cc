#include "virtual-key/authenticator/authenticator_fixture.h"

namespace keyrig::authenticator {
namespace {

class UvmTest : public AuthenticatorTest {
 protected:
  UvmTest() { config_.has_uvm = true; }
  static std::string Outputs(const Reply& reply) {
    EXPECT_EQ(reply.status, Status::kOk);
    return cbor::Diagnose(ParseAuthData(reply.At(0x02)).extensions);
  }
  static Request AskingFor(const Request& request, cbor::Value input = true) {
    const int extensions = request.command == 0x01 ? 0x06 : 0x04;
    return request.With(extensions, cbor::Map{{"uvm", std::move(input)}});
  }
};

TEST_F(UvmTest, ATouchIsPresence) {
  const Reply made = Send(AskingFor(Register()));
  EXPECT_EQ(Outputs(made), "{\"uvm\": [[1, 2, 4]]}");
  EXPECT_EQ(Outputs(Send(AskingFor(SignIn({IdOf(made)})))), "{\"uvm\": [[1, 2, 4]]}");
}

TEST_F(UvmTest, APinIsAPasscodeFromOutside) {
  const Bytes id = IdOf(Send(Register()));
  ASSERT_EQ(SetPin("1234"), Status::kOk);
  EXPECT_EQ(Outputs(Send(AskingFor(Authorize(Register(), GetToken("1234", 0x01, "example.com"))))),
            "{\"uvm\": [[2048, 2, 4]]}");
  EXPECT_EQ(
      Outputs(Send(AskingFor(Authorize(SignIn({id}), GetToken("1234", 0x02, "example.com"))))),
      "{\"uvm\": [[2048, 2, 4]]}");
}

TEST_F(UvmTest, AFingerIsOneOnTheKey) {
  config_.fingerprint.emplace();
  DeviceState device;
  device.initialized = true;
  device.fingers = {{.id = Bytes{1}, .name = "", .finger = "thumb"}};
  EXPECT_TRUE(store_.Save(device));
  const Request by_finger = Register().With(0x07, cbor::Map{{"uv", true}});
  const Reply made = Send(AskingFor(by_finger));
  EXPECT_EQ(Outputs(made), "{\"uvm\": [[2, 2, 4]]}");
  const Request signing = SignIn({IdOf(made)}).With(0x05, cbor::Map{{"uv", true}});
  EXPECT_EQ(Outputs(Send(AskingFor(signing))), "{\"uvm\": [[2, 2, 4]]}");
}

TEST_F(UvmTest, FalseAsksForNothing) {
  EXPECT_EQ(Outputs(Send(AskingFor(Register(), false))), "null");
}

TEST_F(UvmTest, AnotherTypeIsRefused) {
  EXPECT_EQ(Send(AskingFor(Register(), 1)).status, Status::kCborUnexpectedType);
}

TEST_F(UvmTest, AKeyWithoutItIgnoresIt) {
  config_.has_uvm = false;
  EXPECT_EQ(Outputs(Send(AskingFor(Register()))), "null");
}

}  // namespace
}  // namespace keyrig::authenticator
