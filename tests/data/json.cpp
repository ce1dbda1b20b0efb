#include <cmath>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/data/document.hpp"
#include "limsym/data/json.hpp"
#include "limsym/data/json_writer.hpp"
#include "support.hpp"

using namespace limsym::data;
using limsym::base::InputError;
using limsym::tests::message_of;
using limsym::tests::TemporaryFolder;

namespace {

std::string parse_error(const std::string& text) {
    return message_of<InputError>([&] { return parse_json(text, "f"); });
}

std::string nested(std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
}

} // namespace

TEST_CASE("json: documents read and written") {
    const char* same[] = {R"({"b":1,"a":[true,false,null,"x"],"c":{}})",
                          "[]",
                          "[1,2.5,-3,1e+300,1e-300]",
                          R"("a\"\\\n\u0001é")",
                          "9223372036854775807",
                          "18446744073709551615",
                          "-9223372036854775808",
                          "0.1",
                          "[[1,2],[3,[4]]]"};
    for (const std::string text : same)
        CHECK(to_text(parse_json(text, "f")) == text);
    CHECK(to_text(parse_json(" [ 1.0 , -0 , 1E2, 1e-400 ]\r\n", "f")) == "[1,0,100,0]");
    CHECK(to_text(parse_json(R"("\u00e9\ud83d\ude00\/")", "f")) == "\"\u00e9\U0001F600/\"");
    CHECK(to_text(parse_json("\xef\xbb\xbf{}", "f")) == "{}");
    CHECK(parse_json("36893488147419103232", "f").get<double>() == 0x1p65);
    CHECK_THROWS_AS((void)to_text(Json(std::nan(""))), std::logic_error);
    CHECK_THROWS_AS((void)to_text(Json{{"a", INFINITY}}), std::logic_error);
    CHECK(to_text(Json("\xff")) == "\"\xef\xbf\xbd\"");
}

TEST_CASE("json: broken documents are placed") {
    CHECK(parse_error("{\"schema\":\"limsym/network@1\",\n\"layers\":[{\"dense\":{}},\n]") ==
          "f:3: broken JSON at column 1: unexpected ']'; expected a value");
    CHECK(parse_error("[1,NaN]") == "f:1: broken JSON at column 4: unexpected 'NaN'; expected a finite number");
    CHECK(parse_error("[-Infinity]") ==
          "f:1: broken JSON at column 2: unexpected '-Infinity'; expected a finite number");
    CHECK(parse_error("") == "f:1: broken JSON at column 1: unexpected end; expected a value");
    CHECK(parse_error("{\"a\" 1}") == "f:1: broken JSON at column 6: unexpected '1'; expected ':'");
    CHECK(parse_error("{\"a\":1,\n \"a\":2}") == "f:2: the key 'a' stands twice in one object");
    CHECK(parse_error("[1e400]") == "f:1: '1e400' is beyond the range of numbers; expected a finite number");
    CHECK(parse_error("[1] x") == "f:1: broken JSON at column 5: unexpected 'x'; expected the end of the document");
    CHECK(parse_error(nested(64)).empty());
    CHECK(parse_error(nested(65)) == "f:1: more than 64 levels of arrays and objects");
    CHECK(parse_error(std::string(70000, '1')) == "f:1: a number of more than 65536 digits");
    const char* bad[] = {"[",
                         "{",
                         "[1",
                         "[1,",
                         "{\"a\"",
                         "{\"a\":",
                         "{\"a\":1,}",
                         "[1,]",
                         "01",
                         "1.",
                         ".5",
                         "+1",
                         "1e",
                         "1e+",
                         "--1",
                         "-",
                         "tru",
                         "nulll",
                         "'a'",
                         "\"a",
                         "\"\\x\"",
                         "\"\t\"",
                         "\"\\u12\"",
                         "\"\\ud800\"",
                         "\"\xff\"",
                         "\"\\udc00\"",
                         "{1:2}",
                         "[1 2]",
                         "]",
                         "1 2",
                         "1-2",
                         "0x10",
                         "infinity",
                         "nan",
                         "True",
                         "\"\xed\xa0\x80\"",
                         "{\"a\":1 \"b\":2}"};
    for (const std::string text : bad) {
        const std::string message = parse_error(text);
        CHECK_MESSAGE(message.starts_with("f:1: "), text << " gives " << message);
        CHECK(message.find('\n') == std::string::npos);
    }
    CHECK(parse_error(std::string("[1,\0]", 5)).starts_with("f:1: broken JSON at column 4: unexpected '\\x00'"));
}

TEST_CASE("json: records and files") {
    const TemporaryFolder folder;
    std::vector<std::pair<std::string, std::size_t>> seen;
    read_records(folder.file("a.ndjson", "{\"a\":1}\r\n\n [2]\n3"),
                 [&](Json&& record, std::size_t line) { seen.emplace_back(to_text(record), line); });
    CHECK(seen == std::vector<std::pair<std::string, std::size_t>>{{"{\"a\":1}", 1}, {"[2]", 3}, {"3", 4}});
    const std::string bad = folder.file("b.ndjson", "{}\n{\n}\n");
    CHECK(message_of<InputError>([&] {
              read_records(bad, [](Json&&, std::size_t) {});
              return 0;
          }) == bad + ":2: broken JSON at column 2: unexpected end; expected a key");
    CHECK_THROWS_AS((void)read_json(folder.file("c.json", "[1,2,3]"), 3), InputError);
    CHECK_THROWS_AS((void)read_json(folder.file("missing.json")), InputError);
}

TEST_CASE("object reader: checks and places") {
    const Json document = parse_json(
        R"({"schema":"limsym/network@1","sigma_w":-1,"width":1e3,"name":"rleu","flag":1,"list":[1,"a"],"a/b~c":{"x":1}})",
        "net.json");
    const auto fails = [&](const std::function<void(ObjectReader&)>& use) {
        return message_of<InputError>([&] {
            ObjectReader reader(document, "net.json", "/layers/0/dense");
            use(reader);
            return 0;
        });
    };
    const auto positive = [](double v) { return v > 0; };
    CHECK(fails([&](ObjectReader& r) { (void)r.number("sigma_w", 1.0, positive, "> 0"); }) ==
          "net.json:/layers/0/dense/sigma_w: -1 is out of range; expected > 0");
    CHECK(fails([&](ObjectReader& r) { (void)r.number("name", 1.0, positive, "> 0"); }) ==
          "net.json:/layers/0/dense/name: is a string; expected a number > 0");
    CHECK(fails([&](ObjectReader& r) { (void)r.number("gone", {}, positive, "> 0"); }) ==
          "net.json:/layers/0/dense: the key gone is missing; expected > 0");
    CHECK(fails([&](ObjectReader& r) {
              (void)r.choice("name", {"relu", "erf"}, {});
          }) == "net.json:/layers/0/dense/name: 'rleu' is unknown; did you mean relu?");
    CHECK(fails([&](ObjectReader& r) { (void)r.boolean("flag", true); }) ==
          "net.json:/layers/0/dense/flag: is a number; expected true or false");
    CHECK(fails([&](ObjectReader& r) { (void)r.numbers("list"); }) ==
          "net.json:/layers/0/dense/list/1: is a string; expected a number");
    CHECK(fails([&](ObjectReader& r) { (void)r.integer("sigma_w", {}, 0, 5); }) ==
          "net.json:/layers/0/dense/sigma_w: -1 is out of range; expected a whole number from 0 to 5");
    CHECK(fails([&](ObjectReader& r) { r.schema("limsym/network@2"); }) ==
          "net.json:/layers/0/dense/schema: 'limsym/network@1' is an unknown version; expected limsym/network@2");
    CHECK(fails([&](ObjectReader& r) { r.schema("limsym/kernel@1"); }) ==
          "net.json:/layers/0/dense/schema: 'limsym/network@1' is another kind of document; expected limsym/kernel@1");
    CHECK(fails([&](ObjectReader& r) { r.fail("a/b~c", "no"); }) == "net.json:/layers/0/dense/a~1b~0c: no");
    CHECK(fails([&](ObjectReader& r) {
              (void)r.find("sigma_W");
              (void)r.find("schema");
              r.finish();
          }) == "net.json:/layers/0/dense/sigma_w: unknown key; did you mean sigma_W?");
    CHECK(fails([&](ObjectReader& r) {
              for (const char* key : {"schema", "sigma_w", "width", "name", "flag"})
                  (void)r.find(key);
              r.finish();
          }) == "net.json:/layers/0/dense/list: unknown key; expected one of schema, sigma_w, width, name, flag");
    CHECK(message_of<InputError>([&] { return ObjectReader(Json::array(), "net.json", "").has("x"); }) ==
          "net.json:/: is an array; expected an object");
    ObjectReader reader(document, "net.json", "");
    CHECK(reader.integer("width", {}, 1, 5000) == 1000);
    CHECK(reader.integer("depth", 3, 1, 10) == 3);
    CHECK(reader.number("x", 2.5) == 2.5);
    CHECK(!reader.optional_number("x"));
    reader.schema("limsym/network@1", true);
}

TEST_CASE("document: rows of numbers leave the tree") {
    const Document document = parse_document(
        R"({"nngp":{"schema":"limsym/matrix@1","rows":2,"cols":3,"data":[[1,2,3],[4,5,6]]},"low":[[1],[2,3]],)"
        R"("deep":[[[1,2],[3,4]],[[5,6]]],"mixed":[[1,2],[3,"a"],4],"flat":[1,2],"none":[],"odd":[[1],2]})",
        "f");
    CHECK(to_text(document.tree) ==
          R"({"nngp":{"schema":"limsym/matrix@1","rows":2,"cols":3,"data":null},"low":null,"deep":[null,null],)"
          R"("mixed":[[1,2],[3,"a"],4],"flat":[1,2],"none":[],"odd":[[1],2]})");
    CHECK(document.rows.size() == 4);
    const arma::mat nngp = document.matrix_object("/nngp");
    CHECK(nngp(1, 0) == 4.0);
    CHECK(nngp.n_cols == 3);
    CHECK(document.rows.at("/low").row(1)[1] == 3.0);
    CHECK(document.rows.at("/deep/1").row(0)[1] == 6.0);
    CHECK(message_of<InputError>([&] { return document.matrix("/low"); }) == "f:/low/1: 2 numbers; expected 1");
    CHECK(message_of<InputError>([&] { return document.matrix_object("/flat"); }) ==
          "f:/flat: is an array; expected an object");
    CHECK_THROWS_AS((void)document.matrix_object("/gone"), InputError);
    const Document wrong = parse_document(R"({"rows":3,"data":[[1],[2]]})", "f");
    CHECK(message_of<InputError>([&] { return wrong.matrix_object(""); }) ==
          "f:/rows: does not agree with the data, which has 2");
}

TEST_CASE("json writer: the same document as a tree would give") {
    std::string text;
    JsonWriter writer([&](std::string_view bytes) { text += bytes; });
    const arma::mat values{{1, 0.5}, {-2, 1e-3}};
    writer.begin_object().member("schema", "limsym/kernel@1").members(Json{{"rows", 2}, {"list", {1, "a"}}});
    writer.key("nngp").matrix(values).key("low").lower_rows(values).key("v").numbers(arma::vec{1, 2});
    writer.key("a").begin_array().value(1).value(nullptr).begin_object().end_object().end_array().end_object();
    writer.finish();
    CHECK(text == R"({"schema":"limsym/kernel@1","rows":2,"list":[1,"a"],"nngp":{"schema":"limsym/matrix@1","rows":2,)"
                  R"("cols":2,"data":[[1,0.5],[-2,0.001]]},"low":[[1],[-2,0.001]],"v":[1,2],"a":[1,null,{}]})"
                  "\n");
    CHECK_THROWS_AS(JsonWriter([](std::string_view) {}).rows(arma::mat(1, 1, arma::fill::value(std::nan("")))),
                    std::logic_error);
}
