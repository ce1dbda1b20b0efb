#include "common/config.hpp"

#include "limsym/base/error.hpp"
#include "support.hpp"

using namespace limsym;

namespace {

std::vector<cli::ConfigEntry> entries(const std::string& text) {
    const tests::TemporaryFolder folder;
    return cli::read_config(folder.file("c.toml", text));
}

std::string error(const std::string& text) {
    const tests::TemporaryFolder folder;
    const std::string file = folder.file("c.toml", text);
    const std::string message = tests::message_of<base::InputError>([&] { return cli::read_config(file).size(); });
    return message.empty() ? message : message.substr(file.size());
}

} // namespace

TEST_CASE("keys, tables, values and comments") {
    const auto read =
        entries("\xef\xbb\xbf# first\r\na = 1_000 # one\r\n\n[ classify . fit ]\nb-c = \"x # \\\"y\\\"\"\n"
                "d = 'c:\\no'\n['wait for']\ne = [1, 2.5,\n  3, # three\n]\nf = true");
    REQUIRE(read.size() == 5);
    CHECK(read[0].table.empty());
    CHECK(read[0].key == "a");
    CHECK(read[0].value == "1000");
    CHECK(read[0].line == 2);
    CHECK(read[1].table == "classify fit");
    CHECK(read[1].key == "b-c");
    CHECK(read[1].value == "x # \"y\"");
    CHECK(read[2].value == "c:\\no");
    CHECK(read[3].table == "wait for");
    CHECK(read[3].value == "1,2.5,3");
    CHECK(read[4].value == "true");
    CHECK(read[4].line == 11);
    CHECK(entries("").empty());
}

TEST_CASE("what is no configuration is placed") {
    CHECK(error("a = 1\nb") == ":2: 'b' has no value; expected KEY = VALUE");
    CHECK(error("a =") == ":1: a key without a value; expected KEY = VALUE");
    CHECK(error("a = b") == ":1: 'b' is no value; expected a number, true, false or a \"text\"");
    CHECK(error("a = 1 2") == ":1: '2' after a value; expected the end of the line");
    CHECK(error("a = \"b").find(":1: a text without its closing quote") == 0);
    CHECK(error("a = [1, 2").find("an array without its closing bracket") != std::string::npos);
    CHECK(error("[a\nb = 1").find(":1: a [TABLE] without its closing bracket") == 0);
    CHECK(error("a = 1\na = 2") == ":2: a: given twice; expected at most once");
    CHECK(error("a = \"\\q\"").find(":1: an escape other than") == 0);
    CHECK(error("= 1").find(":1: '= 1' is no key") == 0);
}
