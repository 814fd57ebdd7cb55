
û

shop.protoshop"Œ
Customer
name (	
email (	
ssn (
card (
notes (	
blob (
balance (
parent (2.shop.Customer
numbers	 (
contact
 (	
active (
delta (!
home (
2.shop.Customer.Home
Home
street (	""
Line
sku (	
owner (	"®
GetOrder

id (	 
customer (2.shop.Customer*
labels (2.shop.GetOrder.LabelsEntry
lines (2
.shop.Line-
LabelsEntry
key (	
value (	:8"8
Order 
customer (2.shop.Customer
total ("
Unused	
x (	2,
Orders"
Get.shop.GetOrder.shop.Orderbproto3