#include "mock-entra/policy/policy_export.h"

#include <gmock/gmock.h>

namespace keyrig::policy {
namespace {

using testing::HasSubstr;

const std::string kFido2 =
    R"({"@odata.type":"#microsoft.graph.fido2AuthenticationMethodConfiguration","id":"Fido2",)"
    R"("state":"enabled"})";
const std::string kSms =
    R"({"@odata.type":"#microsoft.graph.smsAuthenticationMethodConfiguration","id":"Sms"})";

std::string Refusal(const std::string& text) {
  const auto read = ReadExport(text);
  return read ? "accepted" : read.error().message;
}

TEST(PolicyExportTest, TakesWhatEachOfTheThreeCallsReturns) {
  for (const std::string& text :
       {kFido2,
        R"({"id":"authenticationMethodsPolicy","authenticationMethodConfigurations":[)" + kSms +
            "," + kFido2 + "]}",
        R"({"value":[)" + kFido2 + "]}"}) {
    const auto read = ReadExport(text);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->state, "enabled");
  }
}

TEST(PolicyExportTest, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(Refusal("policy"), HasSubstr("no JSON object"));
  EXPECT_THAT(Refusal(R"({"value":[)" + kSms + "]}"), HasSubstr("export GET /policies"));
  EXPECT_THAT(Refusal(R"({"value":{}})"), HasSubstr("$.value: must be an array"));
  std::string wrong = R"({"authenticationMethodConfigurations":[)" + kSms + "," + kFido2 + "]}";
  wrong.replace(wrong.find("enabled"), 7, "on");
  EXPECT_THAT(Refusal(wrong), HasSubstr("$.authenticationMethodConfigurations[1].state: "));
}

}  // namespace
}  // namespace keyrig::policy
