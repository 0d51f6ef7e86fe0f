//! Who stands in for an administrator, as `admin list` says it.

use serde_json::json;
use sqlx::{AnyConnection, Connection};

use super::Operator;

#[tokio::test]
async fn the_list_of_administrators_says_who_stands_in_and_when() {
    let operator = Operator::with_account();
    let bram = "admin add bram@example.com --account 112233445 --name Bram --language nl";
    operator.says(bram).done();
    let path = operator.path("esecured.db");
    sqlx::any::install_default_drivers();
    let url = format!("sqlite:{}", path.display());
    let mut conn = AnyConnection::connect(&url).await.unwrap();
    // The first five days of July 2030, in Amsterdam.
    let named = sqlx::query(
        "INSERT INTO stand_in
             (id, administrator_id, stand_in_id, person_id, name, from_at, until_at, created_at)
         SELECT '019e1b2c-7c4e-7b11-8d2e-0a1b2c3d4e5f', anna.id, bram.id, bram.person_id, 'Bram de B.',
                1909087200000000, 1909519200000000, 0
         FROM administrator anna, administrator bram WHERE anna.name = 'Anna' AND bram.name = 'Bram'",
    );
    let named = named.execute(&mut conn).await.unwrap();
    assert_eq!(named.rows_affected(), 1);
    conn.close().await.unwrap();

    let listed = operator.says("admin list --json").json();
    let expected = json!({
        "email": "bram@example.com",
        "name": "Bram de B.",
        "from": "2030-06-30T22:00:00.000Z",
        "until": "2030-07-05T22:00:00.000Z",
    });
    assert_eq!(listed[0]["standIn"], expected);
    assert_eq!(listed[1].get("standIn"), None);
    let table = operator.says("admin list").stdout;
    let [head, anna, bram] = table.lines().collect::<Vec<_>>()[..] else {
        panic!("{table}");
    };
    assert!(head.ends_with("STAND-IN"), "{table}");
    let when = "bram@example.com from 2030-07-01 through 2030-07-05";
    assert!(anna.ends_with(when), "{table}");
    assert!(!bram.contains("from"), "{table}");
}
