#include <cmath>
#include <random>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/output.hpp"
#include "limsym/base/random.hpp"
#include "limsym/data/csv.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/table.hpp"
#include "support.hpp"

using namespace limsym::data;
using limsym::base::InputError;
using limsym::tests::message_of;
using limsym::tests::TemporaryFolder;

namespace {

Table table_of(const TemporaryFolder& folder, const std::string& name, const std::string& content,
               const TableOptions& options = {}) {
    return read_table({folder.file(name, content), {}, ""}, options);
}

/// The message without the folder.
std::string table_error(const TemporaryFolder& folder, const std::string& name, const std::string& content,
                        const TableOptions& options = {}) {
    std::string message = message_of<InputError>([&] { return table_of(folder, name, content, options); });
    const std::string path = folder.path().string() + "/";
    if (message.starts_with(path)) message.erase(0, path.size());
    return message;
}

std::string written(Format format, const arma::mat& matrix) {
    std::string bytes;
    write_matrix([&](std::string_view part) { bytes += part; }, format, matrix);
    return bytes;
}

bool same(const arma::mat& a, const arma::mat& b) {
    return a.n_rows == b.n_rows && a.n_cols == b.n_cols && std::equal(a.begin(), a.end(), b.begin());
}

} // namespace

TEST_CASE("csv: header rule, blanks, quotes, line ends") {
    const TemporaryFolder folder;
    const Table bare = table_of(folder, "a.csv", "1,2\n\n 3 ,\t4\r\n  \n+5,.5");
    CHECK(!bare.has_header);
    CHECK(bare.names == std::vector<std::string>{"x1", "x2"});
    CHECK(same(bare.values, {{1, 2}, {3, 4}, {5, .5}}));
    CHECK(bare.lines == std::vector<std::uint32_t>{1, 3, 5});
    CHECK(bare.place(1).ends_with("a.csv:3"));

    const Table named = table_of(folder, "b.csv", "\xef\xbb\xbf\"a, b\",1,\"say \"\"x\"\"\"\n1,\"2\",3\n");
    CHECK(named.has_header);
    CHECK(named.names == std::vector<std::string>{"a, b", "1", "say \"x\""});
    CHECK(same(named.values, {{1, 2, 3}}));

    const Table text = table_of(folder, "c.csv", "y,label\n1,\"two\nlines\"\n2,cat\n", {.text_columns = "label"});
    CHECK(text.text.at(1) == std::vector<std::string>{"two\nlines", "cat"});
    CHECK(text.lines == std::vector<std::uint32_t>{2, 4});
    CHECK(same(text.values, {{1, 0}, {2, 0}}));
    // A column called by number may hold text without a header.
    CHECK(!table_of(folder, "d.csv", "1,cat\n2,dog\n", {.text_columns = "2"}).has_header);

    const Table holes = table_of(folder, "e.csv", "mean,df\n1,\n,2\n", {.allow_empty_cells = true});
    CHECK(std::isnan(holes.values(0, 1)));
    CHECK(std::isnan(holes.values(1, 0)));
    CHECK(holes.values(1, 1) == 2.0);

    CHECK(table_of(folder, "f.csv", "a,b\n", {.allow_no_rows = true}).values.n_cols == 2);
    CHECK(table_of(folder, "g.csv", "", {.allow_no_rows = true}).values.n_rows == 0);
    CHECK(table_of(folder, "h.csv", "1e-400,-0\n").values(0, 0) == 0.0);
}

TEST_CASE("csv: bad input is placed") {
    const TemporaryFolder folder;
    const auto error = [&](const std::string& content) { return table_error(folder, "x.csv", content); };
    CHECK(error("1,2\n3,abc\n") == "x.csv:2: column 2 is 'abc'; expected a finite number");
    CHECK(error("a,b\n1,nan\n") == "x.csv:2: column 2 is 'nan'; expected a finite number");
    CHECK(error("1,2\n1,-Inf\n") == "x.csv:2: column 2 is '-Inf'; expected a finite number");
    CHECK(error("a,nan\n1,2\n") == "x.csv:1: column 2 is 'nan'; expected a finite number");
    CHECK(error("1,1e999\n") == "x.csv:1: column 2 is '1e999'; expected a finite number");
    CHECK(error("1,2\n3,1e999\n") == "x.csv:2: column 2 is '1e999'; expected a finite number");
    CHECK(error("1,2\n\n3,\n") == "x.csv:3: column 2 is empty; expected a finite number");
    CHECK(error("1,2,3,4,5\n1,2,3,4\n") == "x.csv:2: 4 columns; expected 5");
    CHECK(error("1,2\n1,2,3\n") == "x.csv:2: 3 columns; expected 2");
    CHECK(error("a,b\n1\n") == "x.csv:2: 1 column; expected 2");
    CHECK(error("a,b\n") == "x.csv: has a header but no rows; expected at least one");
    CHECK(error("") == "x.csv: is empty; expected at least one row");
    CHECK(error("\n \n") == "x.csv: is empty; expected at least one row");
    CHECK(error("1,\"2\n3,4\n") == "x.csv:1: a quoted cell has no end");
    CHECK(error("1,\"2\"x\n") == "x.csv:1: column 2 has 'x' after its closing quote");
    CHECK(error(std::string("1,2\n3,\0004\n", 10)) == "x.csv:2: holds a NUL byte; expected text");
    CHECK(error("1,0x10\n2,3\n4,0x10\n") == "x.csv:3: column 2 is '0x10'; expected a finite number");
    CHECK(error("1,2\n1 2,3\n") == "x.csv:2: column 1 is '1 2'; expected a finite number");
    CHECK(error("1,2\n3,--4\n") == "x.csv:2: column 2 is '--4'; expected a finite number");
    std::string wide(std::size_t{65} << 20U, ' ');
    CHECK(error("1\n" + wide) == "x.csv:2: the line is longer than 64 MiB");
}

TEST_CASE("json tables: matrices, arrays, records") {
    const TemporaryFolder folder;
    const arma::mat wanted{{1, 2}, {3, 4}};
    const char* documents[] = {"[[1,2],[3,4]]", " [ [ 1 , 2.0 ] ,\n[3,4e0]]\n",
                               R"({"schema":"limsym/matrix@1","rows":2,"cols":2,"data":[[1,2],[3,4]],"id":"x"})",
                               R"({"data":[[1,2],[3,4]],"more":{"a":[1,{"data":2}]}})",
                               R"([{"a":1,"b":2},{"b":4,"a":3}])"};
    for (const std::string text : documents)
        CHECK_MESSAGE(same(table_of(folder, "x.json", text).values, wanted), text);
    for (const std::string text : {"[1,2]\n[3,4]\n", "[1,2][3,4]", "{\"a\":1,\"b\":2}\n\n{\"b\":4,\"a\":3}",
                                   "{\"schema\":\"s\",\"a\":1,\"b\":2}\n{\"schema\":\"s\",\"a\":3,\"b\":4}"}) {
        CHECK_MESSAGE(same(table_of(folder, "x.ndjson", text).values, wanted), text);
        CHECK_MESSAGE(same(table_of(folder, "x", text).values, wanted), text);
    }
    const std::string long_row = "[" + std::string(5000, ' ') + "1,2]\n[3,4]\n";
    CHECK(same(table_of(folder, "x", long_row).values, wanted));
    const std::string long_object = "{" + std::string(5000, ' ') + "\"a\":1,\"b\":2}\n{\"a\":3,\"b\":4}\n";
    const Table objects = table_of(folder, "x", long_object);
    CHECK(same(objects.values, wanted));
    CHECK(objects.names == std::vector<std::string>{"a", "b"});
    CHECK(objects.lines == std::vector<std::uint32_t>{1, 2});
    CHECK(same(table_of(folder, "x.json", "[1,2,3]").values, arma::mat(arma::vec{1, 2, 3})));
    CHECK(same(table_of(folder, "x", "[1,2,3]").values, arma::mat(arma::vec{1, 2, 3})));
    CHECK(same(table_of(folder, "x.ndjson", "[1,2,3]").values, arma::mat(arma::rowvec{1, 2, 3})));
    const Table named = table_of(folder, "x.json", R"({"data":[[1,2],[3,4]],"columns":["u","v"]})");
    CHECK(named.names == std::vector<std::string>{"u", "v"});
    CHECK(table_of(folder, "x.json", R"({"columns":["u"],"data":[[1,2]]})").names ==
          std::vector<std::string>{"x1", "x2"});
    CHECK(named.place(1).ends_with("x.json:/data/1"));
    const Table labels = table_of(folder, "x.ndjson", "{\"y\":\"cat\",\"x\":1}\n{\"y\":3,\"x\":null}\n",
                                  {.allow_empty_cells = true, .text_columns = "y"});
    CHECK(labels.text.at(0) == std::vector<std::string>{"cat", "3"});
    CHECK(std::isnan(labels.values(1, 1)));
    CHECK(table_of(folder, "x.json", R"([[1,"a"],[2,"b"]])", {.text_columns = "2"}).text.at(1) ==
          std::vector<std::string>{"a", "b"});
    CHECK(table_of(folder, "x.json", "[]", {.allow_no_rows = true}).values.n_rows == 0);
    CHECK(table_of(folder, "x.json", R"({"rows":0,"cols":2,"columns":["u","v"],"data":[]})", {.allow_no_rows = true})
              .names.size() == 2);
}

TEST_CASE("json tables: bad input is placed") {
    const TemporaryFolder folder;
    const auto json = [&](const std::string& content) { return table_error(folder, "x.json", content); };
    CHECK(json("[[1,2],[3,\"a\"]]") == "x.json:/1/1: is a string; expected a finite number");
    CHECK(json("[[1,2],[3]]") == "x.json:/1: 1 column; expected 2");
    CHECK(json("[[1,2],3]") == "x.json:/1: is a number; expected a row");
    CHECK(json("[[]]") == "x.json:/0: 0 columns; expected at least one");
    CHECK(json("[]") == "x.json: holds no rows; expected at least one");
    CHECK(json("[[1,NaN]]") == "x.json:1: broken JSON at column 5: unexpected 'NaN'; expected a finite number");
    CHECK(json("[[1,1e999]]") == "x.json:1: '1e999' is beyond the range of numbers; expected a finite number");
    CHECK(json("[[1,null]]") == "x.json:/0/1: is null; expected a finite number");
    CHECK(json("[1,[2]]") == "x.json:/1: is an array; expected a finite number");
    CHECK(json(R"({"rows":3,"cols":2,"data":[[1,2],[3,4]]})") == "x.json:/rows: is 3; the data has 2");
    CHECK(json(R"({"data":[[1,2]],"cols":3})") == "x.json:/cols: is 3; the data has 2");
    CHECK(json(R"({"schema":"limsym/kernel@1","data":[[1]]})") ==
          "x.json:/schema: 'limsym/kernel@1' is another kind of document; expected limsym/matrix@1");
    CHECK(json(R"({"schema":"limsym/matrix@2","data":[[1]]})") ==
          "x.json:/schema: 'limsym/matrix@2' is an unknown version; expected limsym/matrix@1");
    CHECK(json(R"({"a":1})") == "x.json:/: the key data is missing; expected rows of numbers");
    CHECK(json("[[1,2]] 3") == "x.json:1: broken JSON at column 9: unexpected '3'; expected the end of the document");
    CHECK(json("[{\"a\":1},[2]]") == "x.json:/1: is an array; expected an object as in the first row");
    const auto ndjson = [&](const std::string& content) { return table_error(folder, "x.ndjson", content); };
    CHECK(ndjson("[1,2]\n[3]\n") == "x.ndjson:2: 1 column; expected 2");
    CHECK(ndjson("[1,2]\n[3,\"a\"]\n") == "x.ndjson:2: column 2 is a string; expected a finite number");
    CHECK(ndjson("{\"a\":1}\n{\"b\":1}\n") == "x.ndjson:2: has no key 'a', which the first row has");
    CHECK(ndjson("{\"a\":1}\n{\"a\":1,\"b\":1}\n") == "x.ndjson:2: has a key 'b', which the first row has not");
    CHECK(ndjson("{\"a\":1}\n{\"a\":\"z\"}\n") == "x.ndjson:2: column 'a' is a string; expected a finite number");
    CHECK(ndjson("{\"a\":1}\n[1]\n") == "x.ndjson:2: is an array; expected an object as in the first row");
    CHECK(ndjson("[1]\n{\"a\":1}\n") == "x.ndjson:2: is an object; expected an array as in the first row");
    CHECK(ndjson("3\n") == "x.ndjson:1: broken JSON at column 1: unexpected '3'; expected an array");
}

TEST_CASE("table: columns by name and number") {
    const TemporaryFolder folder;
    const Table table = table_of(folder, "x.csv", "age,income,7,b,b\n1,2,3,4,5\n");
    CHECK(table.column("income", "--target") == 1);
    CHECK(table.column("3", "--target") == 2);
    CHECK(table.column("7", "--target") == 2);
    CHECK(table.columns("age,2", "--features") == std::vector<std::size_t>{0, 1});
    const std::string file = folder.file("x.csv");
    const auto error = [&](const std::string& list) {
        return message_of<InputError>([&] { return table.columns(list, "--target"); });
    };
    CHECK(error("incom") == "--target: " + file + " has no column 'incom'; did you mean income?");
    CHECK(error("z") == "--target: " + file + " has no column 'z'; expected one of age, income, 7, b, b");
    CHECK(error("6") == "--target: " + file + " has no column 6; expected 1 to 5 or a name");
    CHECK(error("0") == "--target: " + file + " has no column 0; expected 1 to 5 or a name");
    CHECK(error("age,1") == "--target: the column '1' is named twice");
    CHECK(error("b") == "--target: " + file + " has more than one column 'b'; expected its number");
}

TEST_CASE("format: by name and by content") {
    CHECK(format_of_name("a/b.c/x.csv.gz") == Format::csv);
    CHECK(format_of_name("x.jsonl") == Format::ndjson);
    CHECK(format_of_name("train-images-idx3-ubyte.gz") == Format::idx);
    CHECK(!format_of_name("a.csv/x"));
    CHECK(!format_of_name("-"));
    CHECK(format_of_content("\x93NUMPY\x01") == Format::npy);
    CHECK(format_of_content(std::string("\0\0\x08\x03", 4)) == Format::idx);
    CHECK(format_of_content(" [1,2]\n[3") == Format::ndjson);
    CHECK(format_of_content("[[1,2],\n[3") == Format::json);
    CHECK(format_of_content("{\"a\":\"}\"}\n{") == Format::ndjson);
    CHECK(format_of_content("{\"a\":1}\n") == Format::json);
    CHECK(format_of_content("a,b\n") == Format::csv);
    CHECK(format_of_content("") == Format::csv);
    CHECK(parse_format("h5", "--from") == Format::h5);
    CHECK(message_of<InputError>([] { return parse_format("xml", "--from"); }) ==
          "--from: 'xml' is not a format; expected one of csv, json, ndjson, npy, h5, idx");
}

TEST_CASE("matrix: every text format and npy gives back the same bits") {
    const std::uint64_t seed = 20240611;
    CAPTURE(seed);
    limsym::base::RandomStream random(seed, "test");
    const TemporaryFolder folder;
    for (int round = 0; round < 60; ++round) {
        CAPTURE(round);
        arma::mat matrix(1 + random.below(40), 1 + random.below(round % 10 == 0 ? 3000 : 40));
        for (double& value : matrix) {
            const double scale = std::pow(10.0, 40.0 * (random.uniform() - 0.5));
            value = (random.uniform() - 0.5) * scale;
            if (random.below(5) == 0) value = std::round(10.0 * random.uniform());
            if (random.below(50) == 0) value = 1.7976931348623157e308;
            if (random.below(50) == 0) value = 5e-324;
        }
        for (const Format format : {Format::csv, Format::json, Format::ndjson, Format::npy}) {
            CAPTURE(format_name(format));
            const std::string name = folder.file(std::string("m.") + std::string(format_name(format)));
            limsym::base::write_file(name, written(format, matrix));
            CHECK(same(read_matrix({name, {}, ""}), matrix));
            const std::string unnamed = folder.file("m", limsym::tests::file_text(name));
            if (format == Format::ndjson && matrix.n_rows == 1) continue; // read as a column
            CHECK(same(read_matrix({unnamed, {}, ""}), matrix));
        }
    }
    CHECK(written(Format::csv, {{1, 0.5}, {-0.0, 1e5}}) == "1,0.5\n0,100000\n");
    CHECK_THROWS_AS(written(Format::csv, arma::mat(1, 1, arma::fill::value(INFINITY))), std::logic_error);
    std::string text;
    write_csv([&](std::string_view part) { text += part; }, {"a", "b,c", "\"q\""}, arma::mat{{1, std::nan(""), 2}});
    CHECK(text == "a,\"b,c\",\"\"\"q\"\"\"\n1,,2\n");
    CHECK(matrix_sha256({{1, 2}, {3, 4}}) != matrix_sha256({{1, 3}, {2, 4}}));
    CHECK(matrix_sha256(arma::mat{{1, 2}}) != matrix_sha256(arma::mat(arma::vec{1, 2})));
}
